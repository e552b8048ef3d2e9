use hecate_om::capability;

#[capability("echo.say", timeout = "1000s")]
async fn say(text: String) -> String {
    text
}

fn main() {}
