//! The streams of a call.

use hecate_om::{CallError, Outgoing, Streaming};
use serde_json::Value;

use crate::flags::Lines;
use crate::json::Json;
use crate::output::{Failure, Output, Reader, pretty};

/// Says each item that the provider sends, and sends it each line, where there are some.
pub(super) async fn receive(
    outgoing: Outgoing<'_>,
    request: &Value,
    lines: Option<Lines>,
    output: &Output,
) -> Result<(), Failure> {
    match lines {
        None => {
            let items = outgoing.open_stream::<Value, Json>(request).await?;
            say(items, output).await
        }
        Some(lines) => both(outgoing, request, lines, output).await,
    }
}

/// Sends the provider each line, and says what it answers.
pub(super) async fn send(
    outgoing: Outgoing<'_>,
    request: &Value,
    mut items: Lines,
    output: &Output,
) -> Result<(), Failure> {
    let mut upload = outgoing.open_upload::<Value, Value, Json>(request).await?;
    while let Some(item) = items.next().await? {
        match upload.send(&item).await {
            Ok(()) => {}
            // It has heard enough, and has answered.
            Err(CallError::StreamEnded) => break,
            Err(error) => return Err(error.into()),
        }
    }
    let Json(answer) = upload.finish().await?;
    output.answer(&answer, || pretty(&answer))
}

async fn both(
    outgoing: Outgoing<'_>,
    request: &Value,
    mut lines: Lines,
    output: &Output,
) -> Result<(), Failure> {
    let (mut sender, items) = outgoing
        .open_both_ways::<Value, Value, Json>(request)
        .await?;
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
    let said = say(items, output);
    tokio::pin!(sent, said);
    tokio::select! {
        // It may end before it has heard all.
        said = &mut said => said,
        sent = &mut sent => {
            sent?;
            said.await
        }
    }
}

async fn say(mut items: Streaming<Json>, output: &Output) -> Result<(), Failure> {
    while let Some(item) = items.next().await {
        let Json(item) = item?;
        if output.item(&item, || item.to_string())? == Reader::Gone {
            break;
        }
    }
    Ok(())
}
