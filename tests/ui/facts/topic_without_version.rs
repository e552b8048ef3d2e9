use hecate_om::{JsonSchema, fact};
use serde::Serialize;

#[fact("acme/shop/order_placed")]
#[derive(Serialize, JsonSchema)]
struct OrderPlaced {
    order: u64,
}

fn main() {}
