use hecate_om::{Settings, hecate_service};

#[derive(Settings)]
struct EchoSettings {
    text: String,
}

#[hecate_service(name = "hecate-macula-echo", settings = EchoSettings, main = false)]
#[derive(Default)]
struct Echo;

fn main() {}
