//! The streams of a call.

use hecate_om::{CallError, Outgoing, Streaming};

use crate::commands::described::Called;
use crate::flags::Lines;
use crate::json::{Json, escaped};
use crate::output::{Failure, Output, Reader};

/// Prints each item that the provider sends, and sends it each line, where there are some.
pub(super) async fn receive(
    outgoing: Outgoing<'_>,
    request: &Json,
    lines: Option<Lines>,
    called: &mut Called,
    output: &Output,
) -> Result<(), Failure> {
    match lines {
        None => {
            let items = outgoing.open_stream::<Json, Json>(request).await?;
            print(items, called, output).await
        }
        Some(lines) => both(outgoing, request, lines, called, output).await,
    }
}

/// Sends the provider each line, and prints what it answers.
pub(super) async fn send(
    outgoing: Outgoing<'_>,
    request: &Json,
    mut items: Lines,
    called: &mut Called,
    output: &Output,
) -> Result<(), Failure> {
    let mut upload = outgoing.open_upload::<Json, Json, Json>(request).await?;
    while let Some(item) = items.next().await? {
        match upload.send(&item).await {
            Ok(()) => {}
            // It has read enough, and has answered.
            Err(CallError::StreamEnded) => break,
            Err(error) => return Err(error.into()),
        }
    }
    super::answer(upload.finish().await, called, output).await
}

async fn both(
    outgoing: Outgoing<'_>,
    request: &Json,
    mut lines: Lines,
    called: &mut Called,
    output: &Output,
) -> Result<(), Failure> {
    let (mut sender, items) = outgoing.open_both_ways::<Json, Json, Json>(request).await?;
    let sent = async move {
        while let Some(item) = lines.next().await? {
            match sender.send(&item).await {
                Ok(()) => {}
                // How it ended stands in what it sent.
                Err(CallError::BadRequest(why)) => {
                    return Err(Failure::from(CallError::BadRequest(why)));
                }
                Err(_) => return Ok(()),
            }
        }
        // Likewise.
        let _ = sender.finish().await;
        Ok(())
    };
    let printed = print(items, called, output);
    tokio::pin!(sent, printed);
    tokio::select! {
        // It may end before it has read all.
        printed = &mut printed => printed,
        sent = &mut sent => {
            sent?;
            printed.await
        }
    }
}

async fn print(
    mut items: Streaming<Json>,
    called: &mut Called,
    output: &Output,
) -> Result<(), Failure> {
    while let Some(item) = items.next().await {
        let Json(mut item) = item?;
        called.read(&mut item).await;
        if output.item(&item, || escaped(&item.to_string()))? == Reader::Gone {
            break;
        }
    }
    Ok(())
}
