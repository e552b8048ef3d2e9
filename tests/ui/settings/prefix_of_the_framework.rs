use hecate_om::Settings;

#[derive(Settings)]
#[settings(prefix = "HECATE_ECHO_")]
struct EchoSettings {
    text: String,
}

fn main() {}
