use hecate_om::capability;

#[capability("echo.say", access = nodes(setting("HECATE_ORG")))]
async fn say(text: String) -> String {
    text
}

fn main() {}
