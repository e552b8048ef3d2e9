use hecate_om::capability;

#[capability("echo.say")]
async fn say(#[allow(unused)] text: String) {}

fn main() {}
