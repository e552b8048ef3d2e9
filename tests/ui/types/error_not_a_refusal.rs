use hecate_om::capability;

struct Plain;

#[capability("echo.say")]
async fn say() -> Result<String, Plain> {
    Err(Plain)
}

fn main() {}
