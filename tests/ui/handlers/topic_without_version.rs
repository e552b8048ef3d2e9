use hecate_om::{fact::Delivery, subscribe};

#[subscribe("acme/shop/order_placed")]
async fn placed(_order: Delivery<String>) {}

fn main() {}
