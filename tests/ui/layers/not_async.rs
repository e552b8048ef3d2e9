use hecate_om::{Call, Next, Refusal, Reply, capability};

fn closed(_: &Call, _: Next<'_>) -> Reply {
    Err(Refusal::new("closed", ""))
}

#[capability("echo.say", layers = [closed])]
async fn say(text: String) -> String {
    text
}

fn main() {}
