use hecate_om::capability;

#[capability("echo.say", window = "2h")]
async fn say() {}

fn main() {}
