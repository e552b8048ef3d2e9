use hecate_om::{Call, Next, hecate_service};

#[hecate_service(layers = [audit], main = false)]
#[derive(Default)]
struct Echo;

async fn audit(call: &Call, next: Next<'_>) {
    let _ = next.run(call).await;
}

fn main() {}
