use hecate_om::capability;

#[capability("echo.say")]
async unsafe fn say(text: String) -> String {
    text
}

fn main() {}
