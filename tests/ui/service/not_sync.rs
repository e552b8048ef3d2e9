use hecate_om::hecate_service;

#[hecate_service]
#[derive(Default)]
struct Echo(std::cell::Cell<u8>);
