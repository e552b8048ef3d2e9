use hecate_om::{Secret, Settings};

#[derive(Settings)]
struct EchoSettings {
    #[settings(default = COUNT)]
    count: u32,
    #[settings(default = "hunter2")]
    password: Secret<String>,
    n__cells: u32,
}

fn main() {}
