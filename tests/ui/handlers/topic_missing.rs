use hecate_om::{Heard, subscribe};

#[subscribe]
async fn placed(_order: Heard<String>) {}

fn main() {}
