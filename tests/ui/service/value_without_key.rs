use hecate_om::hecate_service;

#[hecate_service("hecate-echo")]
#[derive(Default)]
struct Echo;
