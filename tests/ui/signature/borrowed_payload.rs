use hecate_om::capability;

#[capability("echo.say")]
async fn say(_text: &str) {}

fn main() {}
