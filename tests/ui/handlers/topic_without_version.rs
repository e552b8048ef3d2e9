use hecate_om::{Delivery, subscribe};

#[subscribe("acme/shop/order_placed")]
async fn placed(_order: Delivery<String>) {}

fn main() {}
