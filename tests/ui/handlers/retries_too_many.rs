use hecate_om::subscribe;

#[subscribe("acme/shop/order_placed_v1", gaps = ignored, retries = 1000)]
async fn placed(_order: String) {}

fn main() {}
