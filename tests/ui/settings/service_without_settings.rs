use hecate_om::hecate_service;

struct EchoSettings {
    text: String,
}

#[hecate_service(settings = EchoSettings, main = false)]
#[derive(Default)]
struct Echo;

fn main() {}
