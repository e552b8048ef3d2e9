use hecate_om::capability;

struct Echo;

#[capability("echo.say")]
async fn say<'a>(_echo: &'a Echo) {}

fn main() {}
