use hecate_om::capability;

#[derive(serde::Deserialize)]
struct Plain;

#[capability("echo.say")]
async fn say(_plain: Vec<Plain>) {}

fn main() {}
