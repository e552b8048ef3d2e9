use hecate_om::capability;

#[capability("echo.say")]
async fn say(text: String, _times: u8) -> String {
    text
}

fn main() {}
