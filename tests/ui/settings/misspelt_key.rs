use hecate_om::Settings;

#[derive(Settings)]
struct EchoSettings {
    #[settings(defualt = 10)]
    count: u32,
}

fn main() {}
