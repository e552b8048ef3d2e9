use hecate_om::{CallError, Mesh, capability};

#[capability("echo.u8")]
async fn u8() {}

async fn ask(mesh: &Mesh) -> Result<(), CallError> {
    mesh.call::<u8>(&()).await
}

fn main() {}
