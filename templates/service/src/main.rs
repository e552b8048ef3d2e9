//! Runs the service, which is in `lib.rs`, where tests can use it, too.

fn main() -> std::process::ExitCode {
    hecate_om::run::<{{ project-name | snake_case }}::{{ project-name | upper_camel_case }}>()
}
