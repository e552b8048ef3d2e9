use hecate_om::capability;

#[capability("echo.say", version)]
async fn say(text: String) -> String {
    text
}

fn main() {}
