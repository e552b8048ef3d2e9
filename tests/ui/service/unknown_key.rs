use hecate_om::hecate_service;

#[hecate_service(colour = "blue")]
#[derive(Default)]
struct Echo;
