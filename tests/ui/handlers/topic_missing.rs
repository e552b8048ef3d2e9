use hecate_om::{Delivery, subscribe};

#[subscribe]
async fn placed(_order: Delivery<String>) {}

fn main() {}
