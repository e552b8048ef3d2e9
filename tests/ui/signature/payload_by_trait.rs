use hecate_om::capability;

#[capability("echo.say")]
async fn say(_text: impl ToString) {}

fn main() {}
