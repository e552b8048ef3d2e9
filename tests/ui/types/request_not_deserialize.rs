use hecate_om::capability;

struct Plain;

#[capability("echo.say")]
async fn say(_plain: Vec<Plain>) {}

fn main() {}
