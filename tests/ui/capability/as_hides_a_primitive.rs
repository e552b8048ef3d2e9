use hecate_om::capability;

#[capability("echo.say", as = str)]
async fn say() {}

#[capability("echo.shout", as = "Shout")]
async fn shout() {}

fn main() {}
