use hecate_om::capability;

#[capability("echo.say")]
async fn say() -> &str {
    "said"
}

fn main() {}
