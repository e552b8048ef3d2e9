use hecate_om::hecate_service;

#[hecate_service]
fn echo() {}
