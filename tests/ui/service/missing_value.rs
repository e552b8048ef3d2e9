use hecate_om::hecate_service;

#[hecate_service(name)]
#[derive(Default)]
struct Echo;
