use hecate_om::Settings;

#[derive(Settings)]
struct EchoSettings(u32);

fn main() {}
