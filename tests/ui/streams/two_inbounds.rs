use hecate_om::{Inbound, capability};

#[capability("echo.say")]
async fn say(_words: Inbound<String>, _numbers: Inbound<u64>) {}

fn main() {}
