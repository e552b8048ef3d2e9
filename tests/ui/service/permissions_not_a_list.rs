use hecate_om::hecate_service;

#[hecate_service(permissions = "answer")]
#[derive(Default)]
struct Echo;
