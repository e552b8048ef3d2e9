use hecate_om::{Settings, hecate_service};

#[derive(Settings)]
#[settings(prefix = "CARRIER_")]
struct EchoSettings {
    url: String,
}

#[hecate_service(settings = EchoSettings, env = ["CARRIER_URL"], main = false)]
#[derive(Default)]
struct Echo;

fn main() {}
