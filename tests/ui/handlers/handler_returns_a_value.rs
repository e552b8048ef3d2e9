use hecate_om::{fact::Delivery, subscribe};

#[subscribe("acme/shop/order_placed_v1")]
async fn placed(_order: Delivery<String>) -> u64 {
    1
}

fn main() {}
