use hecate_om::hecate_service;

const VERSION: &str = "1.0.0";

#[hecate_service(version = VERSION)]
#[derive(Default)]
struct Echo;
