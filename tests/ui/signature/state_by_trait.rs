use hecate_om::capability;

#[capability("echo.say")]
async fn say(_echo: &dyn Send) {}

fn main() {}
