use std::rc::Rc;

use hecate_om::{Call, Next, Reply, capability};

async fn audit(call: &Call, next: Next<'_>) -> Reply {
    let procedure = Rc::new(call.procedure().to_owned());
    let reply = next.run(call).await;
    drop(procedure);
    reply
}

#[capability("echo.say", layers = [audit])]
async fn say(text: String) -> String {
    text
}

fn main() {}
