use hecate_om::capability;

#[capability("echo.say")]
async fn say<T>(text: T) -> T {
    text
}

fn main() {}
