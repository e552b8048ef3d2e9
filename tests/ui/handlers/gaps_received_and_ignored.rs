use hecate_om::{fact::Delivery, subscribe};

#[subscribe("acme/shop/order_placed_v1", gaps = ignored)]
async fn placed(_order: Delivery<String>) {}

fn main() {}
