use hecate_om::{Heard, subscribe};

#[subscribe("acme/shop/order_placed_v1", gaps = ignored)]
async fn placed(_order: Heard<String>) {}

fn main() {}
