use hecate_om::capability;

struct Echo(String);

#[capability("echo.say")]
async fn say(echo: &Echo) -> &str {
    &echo.0
}

fn main() {}
