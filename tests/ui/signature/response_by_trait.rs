use hecate_om::capability;

#[capability("echo.say")]
async fn say(text: String) -> impl ToString {
    text
}

fn main() {}
