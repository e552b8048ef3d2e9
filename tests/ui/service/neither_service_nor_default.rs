use hecate_om::hecate_service;

#[hecate_service]
struct Echo;
