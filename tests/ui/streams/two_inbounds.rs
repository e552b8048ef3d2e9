use hecate_om::{capability, stream::Inbound};

#[capability("echo.say")]
async fn say(_words: Inbound<String>, _numbers: Inbound<u64>) {}

fn main() {}
