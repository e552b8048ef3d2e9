use hecate_om::capability;

#[capability("echo.say", timeout = 10)]
async fn say(text: String) -> String {
    text
}

fn main() {}
