use hecate_om::capability;

#[capability("echo.say", access = opne)]
async fn say(text: String) -> String {
    text
}

fn main() {}
