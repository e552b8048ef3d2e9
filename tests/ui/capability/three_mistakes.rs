use hecate_om::capability;

#[capability("echo.say", verison = 1, timeout = "10")]
fn say(text: String) -> String {
    text
}

fn main() {}
