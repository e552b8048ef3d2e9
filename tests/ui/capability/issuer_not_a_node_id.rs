use hecate_om::capability;

#[capability("echo.say", access = ucan(issuer = "somebody"))]
async fn say(text: String) -> String {
    text
}

fn main() {}
