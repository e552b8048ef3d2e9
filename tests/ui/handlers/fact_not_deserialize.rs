use hecate_om::{Delivery, JsonSchema, subscribe};

#[derive(JsonSchema)]
#[schemars(crate = "hecate_om::schemars")]
struct Order;

#[subscribe("acme/shop/order_placed_v1")]
async fn placed(_order: Delivery<Order>) {}

fn main() {}
