use hecate_om::capability;

#[capability("echo.say", version = 0)]
async fn say(text: String) -> String {
    text
}

fn main() {}
