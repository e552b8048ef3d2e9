use hecate_om::capability;

#[capability("echo.say", access = nodes("partner"))]
async fn say(text: String) -> String {
    text
}

fn main() {}
