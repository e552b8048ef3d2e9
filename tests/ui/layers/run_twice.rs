use hecate_om::{Call, Next, Reply, capability};

async fn retry(call: &Call, next: Next<'_>) -> Reply {
    match next.run(call).await {
        Err(_) => next.run(call).await,
        reply => reply,
    }
}

#[capability("echo.say", layers = [retry])]
async fn say(text: String) -> String {
    text
}

fn main() {}
