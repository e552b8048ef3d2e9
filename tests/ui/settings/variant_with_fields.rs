use hecate_om::Settings;

#[derive(Settings)]
enum Volume {
    Quiet,
    Level(u8),
}

fn main() {}
