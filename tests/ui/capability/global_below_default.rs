use hecate_om::capability;

#[capability("echo.say", global_max = 100)]
async fn say() {}

fn main() {}
