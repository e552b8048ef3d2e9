use hecate_om::{Inbound, JsonSchema, capability};

#[derive(JsonSchema)]
struct Plain;

#[capability("echo.say")]
async fn say(_words: Inbound<Plain>) {}

fn main() {}
