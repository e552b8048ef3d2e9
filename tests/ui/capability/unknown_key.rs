use hecate_om::capability;

#[capability("echo.say", colour = "blue")]
async fn say(text: String) -> String {
    text
}

fn main() {}
