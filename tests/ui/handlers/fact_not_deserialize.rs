use hecate_om::{Heard, JsonSchema, subscribe};

#[derive(JsonSchema)]
#[schemars(crate = "hecate_om::schemars")]
struct Order;

#[subscribe("acme/shop/order_placed_v1")]
async fn placed(_order: Heard<Order>) {}

fn main() {}
