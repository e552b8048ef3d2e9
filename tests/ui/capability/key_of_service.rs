use hecate_om::capability;

#[capability("echo.say", ttl_days = 30)]
async fn say(text: String) -> String {
    text
}

fn main() {}
