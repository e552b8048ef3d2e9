use hecate_om::{Mesh, call::{CallError, Callable, Schemas, kind}};

/// A unary capability.
enum Search {}

impl Callable for Search {
    const NAME: &'static str = "rag.search";
    const VERSION: u32 = 1;
    const ORG: Option<&'static str> = None;
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: Schemas = Schemas::NONE;
    type Kind = kind::Unary;
    type Request = ();
    type Inbound = kind::NoItems;
    type Response = String;
}

async fn ask(mesh: &Mesh) -> Result<(), CallError> {
    let _stream = mesh.open::<Search>(&()).await?;
    Ok(())
}

fn main() {}
