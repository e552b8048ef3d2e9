use hecate_om::hecate_service;

#[hecate_service(per_caller_max = 60)]
#[derive(Default)]
struct Echo;
