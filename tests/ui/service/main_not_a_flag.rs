use hecate_om::hecate_service;

#[hecate_service(main = no)]
#[derive(Default)]
struct Echo;

fn main() {}
