use hecate_om::subscribe;

#[subscribe("acme/shop/order_placed_v1", gaps = "skip")]
async fn placed(_order: String) {}

fn main() {}
