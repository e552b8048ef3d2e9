use hecate_om::capability;

struct Echo;

#[capability("echo.say")]
async fn say(_echo: &mut Echo) {}

fn main() {}
