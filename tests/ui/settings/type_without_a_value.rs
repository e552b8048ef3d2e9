use hecate_om::Settings;

struct Volume(u8);

#[derive(Settings)]
struct EchoSettings {
    volume: Volume,
}

fn main() {}
