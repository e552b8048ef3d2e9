use hecate_om::capability;

#[capability("echo.say", layers = audit)]
async fn say(text: String) -> String {
    text
}

fn main() {}
