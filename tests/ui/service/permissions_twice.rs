use hecate_om::hecate_service;

#[hecate_service(permissions = ["answer_query", "", "answer_query"])]
#[derive(Default)]
struct Echo;
