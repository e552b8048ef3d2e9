use hecate_om::capability;

#[capability("echo.say", queue = -1)]
async fn say() {}

fn main() {}
