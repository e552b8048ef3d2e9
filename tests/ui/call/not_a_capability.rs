use hecate_om::{Mesh, call::CallError};

struct Search;

async fn ask(mesh: &Mesh) -> Result<(), CallError> {
    mesh.call::<Search>(&()).await
}

fn main() {}
