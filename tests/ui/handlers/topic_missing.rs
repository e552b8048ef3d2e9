use hecate_om::{fact::Delivery, subscribe};

#[subscribe]
async fn placed(_order: Delivery<u64>) {}

fn main() {}
