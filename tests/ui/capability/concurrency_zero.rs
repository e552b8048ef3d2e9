use hecate_om::capability;

#[capability("echo.say", concurrency = 0)]
async fn say(text: String) -> String {
    text
}

fn main() {}
