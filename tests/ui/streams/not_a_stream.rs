use hecate_om::{Refusal, capability};

#[capability("echo.say")]
async fn say() -> Result<impl Iterator<Item = u64>, Refusal> {
    Ok(0..3)
}

fn main() {}
