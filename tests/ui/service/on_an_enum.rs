use hecate_om::hecate_service;

#[hecate_service]
enum Echo {}
