use hecate_om::{JsonSchema, capability};
use serde::Deserialize;

#[derive(Deserialize, JsonSchema)]
#[schemars(crate = "hecate_om::schemars")]
struct Text {
    _text: String,
}

#[allow(private_interfaces)]
#[capability("echo.say")]
pub async fn say(_text: Text) {}

fn main() {}
