use hecate_om::hecate_service;

#[hecate_service(timeout = "10s")]
#[derive(Default)]
struct Echo;
