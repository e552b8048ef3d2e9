use hecate_om::capability;

#[capability("echo.say", confidential = prefered)]
async fn say() {}

fn main() {}
