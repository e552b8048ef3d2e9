use hecate_om::{JsonSchema, fact::Delivery, subscribe};

#[derive(JsonSchema)]
#[schemars(crate = "hecate_om::schemars")]
struct Order;

#[subscribe("acme/shop/order_placed_v1")]
async fn placed(_order: Delivery<Order>) {}

fn main() {}
