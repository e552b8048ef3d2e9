use hecate_om::hecate_service;

#[hecate_service(version = "1.0")]
#[derive(Default)]
struct Echo;
