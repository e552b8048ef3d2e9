use hecate_om::hecate_service;

#[hecate_service(actions = "answer")]
#[derive(Default)]
struct Echo;
