use hecate_om::{JsonSchema, Mesh};
use serde::Serialize;

#[derive(Serialize, JsonSchema)]
struct OrderPlaced {
    order: u64,
}

fn place(mesh: &Mesh) {
    mesh.publish(&OrderPlaced { order: 7 });
}

fn main() {}
