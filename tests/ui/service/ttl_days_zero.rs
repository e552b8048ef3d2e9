use hecate_om::hecate_service;

#[hecate_service(ttl_days = 0)]
#[derive(Default)]
struct Echo;
