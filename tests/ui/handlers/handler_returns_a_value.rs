use hecate_om::{Heard, subscribe};

#[subscribe("acme/shop/order_placed_v1")]
async fn placed(_order: Heard<String>) -> u64 {
    1
}

fn main() {}
