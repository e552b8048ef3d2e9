use hecate_om::{Mesh, call::{CallError, Callable, Schemas, kind}};

/// A streaming capability.
enum Watch {}
enum Streams {}

impl Callable for Watch {
    const NAME: &'static str = "rag.watch";
    const VERSION: u32 = 1;
    const ORG: Option<&'static str> = None;
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: Schemas = Schemas::NONE;
    type Kind = Streams;
    type Request = ();
    type Inbound = kind::NoItems;
    type Response = String;
}

async fn ask(mesh: &Mesh) -> Result<String, CallError> {
    mesh.call::<Watch>(&()).await
}

fn main() {}
