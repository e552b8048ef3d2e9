use hecate_om::capability;

#[derive(serde::Serialize)]
struct Plain;

#[capability("echo.say")]
async fn say() -> Result<Plain, hecate_om::Refusal> {
    Ok(Plain)
}

fn main() {}
