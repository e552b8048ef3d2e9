use hecate_om::capability;

#[capability("echo.say", version = "1")]
async fn say(text: String) -> String {
    text
}

fn main() {}
