//! `call`: calls a procedure with JSON, or JSON Lines for streams.

mod streams;

use clap::Args;
use hecate_om_gateway::json::{Json, pretty};

use self::streams::StreamCall;
use super::description::CalledProcedure;
use crate::flags::{CallFlags, Errors, Lines, MeshFlags, Request};
use crate::interrupt::Interrupt;
use crate::output::{Failure, Output};

const TIMEOUT: &str = "Time limit for the response, at most 10m [default: 30s]";

const TIMEOUT_IN_FULL: &str = "\
Time limit for the response, at most 10m [default: 30s]. With --items, it limits the wait until the provider accepts \
each item, and the wait for the response after the last one. With --stream, it limits the time without an item in either \
direction, if it is given. The opening of a stream always has a time limit";

#[derive(Debug, Args)]
#[command(mut_arg("timeout", |arg| arg.help(TIMEOUT).long_help(TIMEOUT_IN_FULL)))]
pub(crate) struct CallArgs {
    #[command(flatten)]
    call: CallFlags,
    /// The response is a stream (server streaming, bidirectional): print each item as a line of
    /// JSON
    #[arg(long)]
    stream: bool,
    /// The request is a stream (client streaming, bidirectional): send each line of this file, or
    /// of standard input (`-`), as an item in JSON
    #[arg(long, value_name = "FILE")]
    items: Option<String>,
}

pub(crate) async fn run(call: &CallArgs, mesh: &MeshFlags, output: &Output) -> Result<(), Failure> {
    let mut errors = Errors::default();
    let client = mesh.client(&mut errors);
    let prepared = call.call.prepare(call.items.as_deref(), &mut errors);
    let items = call.items.as_deref();
    let items = items.and_then(|from| errors.check(Lines::open(from)));
    let request = errors.check(Request::read(call.call.request.as_deref(), "request"));
    let Request(request) = errors.finish(request)?;
    let client = mesh.connect_with(client).await?;
    let outgoing = prepared.outgoing(client.mesh());
    let mut procedure = CalledProcedure::describe(&call.call, client.mesh());
    let ended = if !call.stream && items.is_none() {
        answer(outgoing.call(&request).await, &mut procedure, output).await
    } else {
        let stream = StreamCall {
            outgoing,
            request: &request,
            procedure: &mut procedure,
            output,
        };
        match (items, call.stream) {
            (Some(items), false) => stream.send(items, call.call.timeout()).await,
            (items, _) => {
                // The stream may not end by itself; an interrupt drops it, which aborts the call.
                let mut interrupt = Interrupt::listen()?;
                tokio::select! {
                    ended = stream.receive(items, call.call.timeout) => ended,
                    () = interrupt.received() => Ok(()),
                }
            }
        }
    };
    let ended = match ended {
        Err(failure) => {
            let takes_items = call.items.is_some();
            let failure = procedure.explain(failure, call.stream, takes_items).await;
            Err(call.call.explain(failure, client.mesh()).await)
        }
        ended => ended,
    };
    client.close().await;
    ended
}

/// Prints a unary response.
async fn answer(
    answer: Result<Json, hecate_om::call::CallError>,
    procedure: &mut CalledProcedure,
    output: &Output,
) -> Result<(), Failure> {
    let Json(mut answer) = answer?;
    procedure.apply_schema(&mut answer).await;
    output.print_response(&answer, || pretty(&answer))
}
