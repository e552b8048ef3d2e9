use hecate_om::{Event, subscribe};

#[subscribe("acme/shop/order_placed_v1")]
async fn placed(_event: &Event) {}

fn main() {}
