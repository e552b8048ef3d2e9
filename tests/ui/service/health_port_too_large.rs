use hecate_om::hecate_service;

#[hecate_service(health_port = 84700)]
#[derive(Default)]
struct Echo;
