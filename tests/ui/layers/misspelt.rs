use hecate_om::{Call, Next, Reply, capability};

async fn audit(call: &Call, next: Next<'_>) -> Reply {
    next.run(call).await
}

#[capability("echo.say", layers = [adit])]
async fn say(text: String) -> String {
    text
}

fn main() {}
