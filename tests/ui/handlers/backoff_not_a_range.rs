use hecate_om::subscribe;

#[subscribe("acme/shop/order_placed_v1", gaps = ignored, retries = 5, backoff = "1s")]
async fn placed(_order: String) {}

fn main() {}
