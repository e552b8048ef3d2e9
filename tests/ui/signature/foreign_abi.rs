use hecate_om::capability;

#[capability("echo.say")]
async extern "C" fn say() {}

fn main() {}
