use hecate_om::capability;

#[capability("echo.say")]
struct Say;

fn main() {}
