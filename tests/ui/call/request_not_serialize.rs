use hecate_om::{JsonSchema, Mesh, call::CallError, capability};
use serde::Deserialize;

#[derive(Deserialize, JsonSchema)]
#[schemars(crate = "hecate_om::schemars")]
struct Question {
    text: String,
}

#[capability("echo.say")]
async fn say(question: Question) -> String {
    question.text
}

async fn ask(mesh: &Mesh, question: Question) -> Result<String, CallError> {
    mesh.call::<say>(&question).await
}

fn main() {}
