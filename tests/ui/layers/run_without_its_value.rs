use hecate_om::{Call, Next, Reply, capability};

struct Tenant;

async fn tenant(call: &Call, next: Next<'_, Tenant>) -> Reply {
    next.run(call).await
}

#[capability("echo.say", layers = [tenant])]
async fn say(_tenant: &Tenant, text: String) -> String {
    text
}

fn main() {}
