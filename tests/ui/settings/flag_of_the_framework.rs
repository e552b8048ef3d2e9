use hecate_om::{Settings, hecate_service};

#[derive(Settings)]
struct EchoSettings {
    #[settings(default = "acme")]
    org: String,
}

#[hecate_service(settings = EchoSettings, main = false)]
#[derive(Default)]
struct Echo;

fn main() {}
