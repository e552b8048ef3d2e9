use hecate_om::subscribe;

#[subscribe("acme/shop/order_placed_v1", gaps = ignored, deadline = "25h")]
async fn placed(_order: String) {}

fn main() {}
