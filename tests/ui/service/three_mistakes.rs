use hecate_om::hecate_service;

#[hecate_service(nmae = "hecate-echo", ttl_days = 0)]
enum Echo {}
