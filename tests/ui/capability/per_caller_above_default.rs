use hecate_om::capability;

#[capability("echo.say", per_caller_max = 10_000)]
async fn say() {}

fn main() {}
