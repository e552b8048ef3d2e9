use hecate_om::{Heard, subscribe};

#[subscribe("acme/shop/order_placed")]
async fn placed(_order: Heard<String>) {}

fn main() {}
