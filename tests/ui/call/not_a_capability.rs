use hecate_om::{CallError, Mesh};

struct Search;

async fn ask(mesh: &Mesh) -> Result<(), CallError> {
    mesh.call::<Search>(&()).await
}

fn main() {}
