use hecate_om::{JsonSchema, fact};
use serde::Serialize;

#[fact("acme/shop/order_placed_v1")]
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct OrderPlaced {
    order: u64,
}

fn main() {}
