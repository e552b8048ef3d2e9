use hecate_om::hecate_service;

#[hecate_service(name = "Hecate Echo")]
#[derive(Default)]
struct Echo;
