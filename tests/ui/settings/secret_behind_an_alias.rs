use hecate_om::{Secret, Settings};

type Password = Secret<String>;

#[derive(Settings)]
struct EchoSettings {
    password: Password,
}

fn main() {}
