use hecate_om::{Secret, Settings};

#[derive(Settings)]
struct EchoSettings {
    #[settings(nested, reload)]
    volume: VolumeSettings,
    #[settings(reload)]
    key: Secret<String>,
}

#[derive(Settings)]
struct VolumeSettings {
    #[settings(reload)]
    level: u8,
}

fn main() {}
