use hecate_om::{Inbound, capability};

#[capability("echo.say")]
async fn say(_words: Inbound) {}

fn main() {}
