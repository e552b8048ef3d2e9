//! `call`: JSON in, JSON out; streams as lines of JSON.

mod streams;

use clap::Args as ClapArgs;
use serde_json::Value;

use crate::flags::{CallFlags, Lines, MeshFlags, Mistakes, Request, connect};
use crate::interrupt::Interrupt;
use crate::json::Json;
use crate::output::{Failure, Output, pretty};

#[derive(Debug, ClapArgs)]
pub(crate) struct Call {
    #[command(flatten)]
    call: CallFlags,
    /// It answers with a stream: each item is a line of JSON, as it comes
    #[arg(long)]
    stream: bool,
    /// It takes a stream: each line of this file, or of standard input (`-`), is an item as JSON
    #[arg(long, value_name = "FILE")]
    items: Option<String>,
}

pub(crate) async fn run(call: &Call, mesh: &MeshFlags, output: &Output) -> Result<(), Failure> {
    let mut mistakes = Mistakes::default();
    let client = mesh.client(&mut mistakes);
    let prepared = call.call.prepare(call.items.as_deref(), &mut mistakes);
    let items = call.items.as_deref();
    let items = items.and_then(|from| mistakes.take(Lines::open(from)));
    let request = mistakes.take(Request::read(call.call.request.as_deref()));
    let Request(request) = mistakes.end(request)?;
    let client = connect(client).await?;
    let outgoing = prepared.outgoing(client.mesh());
    let ended = match (items, call.stream) {
        (None, false) => {
            let answer = outgoing.call::<Value, Json>(&request).await;
            answer
                .map_err(Failure::from)
                .and_then(|Json(answer)| output.answer(&answer, || pretty(&answer)))
        }
        (Some(items), false) => streams::send(outgoing, &request, items, output).await,
        (items, true) => {
            // It may have no end; what is dropped here leaves the stream.
            let mut interrupt = Interrupt::listen()?;
            tokio::select! {
                ended = streams::receive(outgoing, &request, items, output) => ended,
                () = interrupt.received() => Ok(()),
            }
        }
    };
    client.close().await;
    ended
}
