use hecate_om::{JsonSchema, fact, fact::Delivery, subscribe};
use serde::{Deserialize, Serialize};

#[fact("acme/shop/order_placed_v1")]
#[derive(Serialize, Deserialize, JsonSchema)]
struct OrderPlaced {
    order: u64,
}

#[subscribe]
async fn placed(_order: Delivery<OrderPlaced>) {}

fn main() {}
