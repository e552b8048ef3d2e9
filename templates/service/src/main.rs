//! Runs the service, which is defined in `lib.rs` so that tests can start it.

fn main() -> std::process::ExitCode {
    hecate_om::run::<{{ project-name | snake_case }}::{{ project-name | upper_camel_case }}>()
}
