use hecate_om::{capability, hecate_service};

/// Says back what it hears.
#[hecate_service]
#[derive(Default)]
struct Echo;

#[capability("echo.say", version = 1)]
async fn say(text: String) -> String {
    text
}
