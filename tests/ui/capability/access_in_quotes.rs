use hecate_om::capability;

#[capability("echo.say", access = "open")]
async fn say(text: String) -> String {
    text
}

fn main() {}
