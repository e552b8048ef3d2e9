use hecate_om::subscribe;

#[subscribe("acme/shop/order_placed_v1", gaps = ignored, backoff = "1s..1m")]
async fn placed(_order: String) {}

fn main() {}
