use hecate_om::subscribe;

#[subscribe("acme/shop/order_placed_v1", gaps = ignored, retries = 5, order = "kept", concurrency = 4)]
async fn placed(_order: String) {}

fn main() {}
