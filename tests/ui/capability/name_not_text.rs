use hecate_om::capability;

#[capability(echo.say)]
async fn say(text: String) -> String {
    text
}

fn main() {}
