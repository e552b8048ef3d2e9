use hecate_om::capability;

#[capability("echo.say", per_caller_max = 700, global_max = 600)]
async fn say() {}

fn main() {}
