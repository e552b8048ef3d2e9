use hecate_om::{Call, Reply, capability};

async fn audit(_: &Call) -> Reply {
    unreachable!()
}

#[capability("echo.say", layers = [audit])]
async fn say(text: String) -> String {
    text
}

fn main() {}
