use hecate_om::{JsonSchema, Mesh, call::CallError, capability};
use serde::Serialize;

#[derive(Serialize, JsonSchema)]
#[schemars(crate = "hecate_om::schemars")]
struct Answer {
    text: String,
}

#[capability("echo.say")]
async fn say(text: String) -> Answer {
    Answer { text }
}

async fn ask(mesh: &Mesh) -> Result<(), CallError> {
    let _ = mesh.call::<say>(&String::new()).await?;
    Ok(())
}

fn main() {}
