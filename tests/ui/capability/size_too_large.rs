use hecate_om::capability;

#[capability("echo.say", max_bytes = "16 MiB")]
async fn say(text: String) -> String {
    text
}

fn main() {}
