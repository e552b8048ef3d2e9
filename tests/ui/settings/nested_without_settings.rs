use hecate_om::Settings;

struct Volume {
    level: u8,
}

#[derive(Settings)]
struct EchoSettings {
    #[settings(nested)]
    volume: Volume,
}

fn main() {}
