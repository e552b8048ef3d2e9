use hecate_om::capability;

#[capability("echo.say")]
fn say(text: String) -> String {
    text
}

fn main() {}
