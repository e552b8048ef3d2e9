use hecate_om::hecate_service;

#[hecate_service(ttl_day = 30)]
#[derive(Default)]
struct Echo;
