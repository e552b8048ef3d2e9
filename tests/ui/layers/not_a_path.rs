use hecate_om::capability;

#[capability("echo.say", layers = ["audit", audit(1), tenant, tenant])]
async fn say(text: String) -> String {
    text
}

fn main() {}
