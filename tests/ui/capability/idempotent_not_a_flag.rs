use hecate_om::capability;

#[capability("echo.say", idempotent = "yes")]
async fn say() {}

fn main() {}
