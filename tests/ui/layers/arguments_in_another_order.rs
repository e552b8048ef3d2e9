use hecate_om::{Call, Next, Reply, capability};

async fn audit(next: Next<'_>, call: &Call) -> Reply {
    next.run(call).await
}

#[capability("echo.say", layers = [audit])]
async fn say(text: String) -> String {
    text
}

fn main() {}
