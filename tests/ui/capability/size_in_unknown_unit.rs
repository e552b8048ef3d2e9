use hecate_om::capability;

#[capability("echo.say", max_bytes = "1 MB")]
async fn say(text: String) -> String {
    text
}

fn main() {}
