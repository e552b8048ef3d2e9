use hecate_om::capability;

#[capability("echo.say_v2")]
async fn say(text: String) -> String {
    text
}

fn main() {}
