use hecate_om::capability;

struct Plain;

#[capability("echo.say")]
async fn say() -> Vec<Plain> {
    vec![Plain]
}

fn main() {}
