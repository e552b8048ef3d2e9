use hecate_om::{JsonSchema, fact};
use serde::Serialize;

#[fact("acme/shop/order_placed_v1")]
#[derive(Serialize, JsonSchema)]
struct OrderPlaced(u64);

fn main() {}
