use hecate_om::capability;

#[capability(name = "echo.say")]
async fn say(text: String) -> String {
    text
}

fn main() {}
