use hecate_om::{fact::FactMetadata, subscribe};

#[subscribe("acme/shop/order_placed_v1")]
async fn placed(_event: &FactMetadata) {}

fn main() {}
