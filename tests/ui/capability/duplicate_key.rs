use hecate_om::capability;

#[capability("echo.say", version = 1, version = 2)]
async fn say(text: String) -> String {
    text
}

fn main() {}
