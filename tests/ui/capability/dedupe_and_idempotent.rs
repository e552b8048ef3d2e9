use hecate_om::capability;

#[capability("echo.say", idempotent, dedupe = "10m")]
async fn say() {}

fn main() {}
