use hecate_om::{Mesh, call::CallError, capability};

#[capability("echo.say")]
async fn say(text: String) -> String {
    text
}

async fn ask(mesh: &Mesh) -> Result<String, CallError> {
    mesh.call::<say>(&7_u64).await
}

fn main() {}
