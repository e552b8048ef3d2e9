use hecate_om::hecate_service;

#[hecate_service(scope = "echo", name = "echo", scope = "echoes")]
#[derive(Default)]
struct Echo;
