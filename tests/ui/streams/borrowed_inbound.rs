use hecate_om::{capability, stream::Inbound};

#[capability("echo.say")]
async fn say(_words: &mut Inbound<String>) {}

fn main() {}
