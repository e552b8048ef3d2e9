use hecate_om::{Refusal, capability};

type Answer = Result<u64, Refusal>;

#[capability("echo.count")]
async fn count(text: String) -> Answer {
    Ok(text.len() as u64)
}

fn main() {}
