use hecate_om::capability;

type Result<T> = std::result::Result<T, std::io::Error>;

#[capability("echo.say")]
async fn say() -> Result<String> {
    Ok(String::new())
}

fn main() {}
