use hecate_om::{capability, every};

#[capability("echo.say")]
async fn say(text: String) -> String {
    text
}

#[every("1s")]
async fn tick() {}

fn main() {}
