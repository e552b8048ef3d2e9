//! `call`: JSON in, JSON out; streams as lines of JSON.

mod streams;

use clap::Args as ClapArgs;

use super::described::Called;
use crate::flags::{CallFlags, Errors, Lines, MeshFlags, Request, connect};
use crate::interrupt::Interrupt;
use crate::json::Json;
use crate::output::{Failure, Output};
use crate::terminal::pretty;

#[derive(Debug, ClapArgs)]
pub(crate) struct Call {
    #[command(flatten)]
    call: CallFlags,
    /// The answer is a stream: print each item as a line of JSON when it arrives
    #[arg(long)]
    stream: bool,
    /// The request is a stream: send each line of this file, or of standard input (`-`), as an item in JSON
    #[arg(long, value_name = "FILE")]
    items: Option<String>,
}

pub(crate) async fn run(call: &Call, mesh: &MeshFlags, output: &Output) -> Result<(), Failure> {
    let mut errors = Errors::default();
    let client = mesh.client(&mut errors);
    let prepared = call.call.prepare(call.items.as_deref(), &mut errors);
    let items = call.items.as_deref();
    let items = items.and_then(|from| errors.check(Lines::open(from)));
    let request = errors.check(Request::read(call.call.request.as_deref()));
    let Request(request) = errors.finish(request)?;
    let client = connect(client).await?;
    let outgoing = prepared.outgoing(client.mesh());
    let mut called = call.call.described(client.mesh());
    let ended = match (items, call.stream) {
        (None, false) => answer(outgoing.call(&request).await, &mut called, output).await,
        (Some(items), false) => streams::send(outgoing, &request, items, &mut called, output).await,
        (items, true) => {
            // It may have no end; what is dropped here leaves the stream.
            let mut interrupt = Interrupt::listen()?;
            tokio::select! {
                ended = streams::receive(outgoing, &request, items, &mut called, output) => ended,
                () = interrupt.received() => Ok(()),
            }
        }
    };
    let ended = match ended {
        Err(failure) => {
            let takes_items = call.items.is_some();
            Err(called.explain(failure, call.stream, takes_items).await)
        }
        ended => ended,
    };
    client.close().await;
    ended
}

/// Prints the one answer.
async fn answer(
    answer: Result<Json, hecate_om::CallError>,
    called: &mut Called,
    output: &Output,
) -> Result<(), Failure> {
    let Json(mut answer) = answer?;
    called.read(&mut answer).await;
    output.answer(&answer, || pretty(&answer))
}
