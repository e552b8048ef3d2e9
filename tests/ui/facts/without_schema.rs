use hecate_om::fact;
use serde::Serialize;

#[fact("acme/shop/order_placed_v1")]
#[derive(Serialize)]
struct OrderPlaced {
    order: u64,
}

fn main() {}
