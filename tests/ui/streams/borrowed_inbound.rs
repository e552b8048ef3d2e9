use hecate_om::{Inbound, capability};

#[capability("echo.say")]
async fn say(_words: &mut Inbound<String>) {}

fn main() {}
