use hecate_om::{JsonSchema, fact};

#[fact("acme/shop/order_placed_v1")]
#[derive(JsonSchema)]
struct OrderPlaced {
    order: u64,
}

fn main() {}
