//! The lifecycle of a connection, from its first packet to its close.

use std::sync::Arc;
use std::time::Duration;

use macula_rust::frame::goodbye_frame;
use quinn::{Connection, Incoming, SendStream, VarInt};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tracing::debug;

use super::control;
use super::handshake::{self, AcceptedClient};
use crate::frames::{FrameReader, MAX_FRAME_BYTES, ReadError, encode_frame, frame};
use crate::link::{CloseReason, Link, SendQueueReader, send_queue};
use crate::relay::relay_streams;
use crate::state::StationState;

/// Maximum time for the QUIC, TLS and macula handshakes together, as for macula's clients.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(30);

/// Maximum number of concurrent handshakes, each of which computes signatures.
const MAX_HANDSHAKES: usize = 64;

/// Maximum time to write the send queue and the GOODBYE of a closed link, and for the client to
/// close the connection.
const GOODBYE_TIMEOUT: Duration = Duration::from_secs(4);

/// Accepts connections until the station stops.
pub(crate) async fn accept(state: Arc<StationState>, endpoint: quinn::Endpoint) {
    let handshakes = Arc::new(Semaphore::new(MAX_HANDSHAKES));
    loop {
        let incoming = tokio::select! {
            () = state.stopping.cancelled() => return,
            incoming = endpoint.accept() => incoming,
        };
        let Some(incoming) = incoming else { return };
        let Ok(permit) = handshakes.clone().try_acquire_owned() else {
            debug!(peer = %incoming.remote_address(), "connection refused: too many handshakes");
            incoming.refuse();
            continue;
        };
        if !state.links.has_room() {
            debug!(peer = %incoming.remote_address(), "connection refused: too many links");
            incoming.refuse();
            continue;
        }
        state
            .tasks
            .spawn(run_connection(state.clone(), incoming, permit));
    }
}

async fn run_connection(
    state: Arc<StationState>,
    incoming: Incoming,
    permit: OwnedSemaphorePermit,
) {
    let peer = incoming.remote_address();
    let handshake = async {
        let connection = incoming.await?;
        match handshake::accept(&state, &connection).await {
            Ok(client) => Ok((connection, client)),
            Err(error) => {
                connection.close(VarInt::from_u32(0), b"handshake failed");
                Err(error)
            }
        }
    };
    let outcome = tokio::select! {
        () = state.stopping.cancelled() => return,
        outcome = tokio::time::timeout(HANDSHAKE_TIMEOUT, handshake) => outcome,
    };
    drop(permit);
    match outcome {
        Ok(Ok((connection, client))) => run_link(state, connection, client).await,
        Ok(Err(error)) => debug!(%peer, %error, "handshake refused"),
        Err(_) => debug!(%peer, "handshake timed out"),
    }
}

/// Runs the link of an accepted client until it is closed.
async fn run_link(state: Arc<StationState>, connection: Connection, client: AcceptedClient) {
    let AcceptedClient {
        node,
        proof,
        binding,
        hello,
        send,
        reader,
    } = client;
    // Publish before the HELLO, so that a client that advertises right after it finds its
    // delegations.
    state.publish_delegations(node).await;
    let (queue, queue_reader) = send_queue(state.queued_bytes.clone());
    // The HELLO goes through the queue, so that the limits for slow clients apply to it.
    let _ = queue.push(frame(&hello));
    let link = Link::new(
        connection,
        node,
        proof,
        binding,
        queue,
        state.frame_policy(),
        state.links.hold(),
    );
    let link = Arc::new(link);
    match state.links.insert(link.clone()) {
        Ok(Some(earlier)) => earlier.close(CloseReason::Superseded),
        Ok(None) => {}
        Err(()) => {
            link.connection
                .close(VarInt::from_u32(0), b"too many links");
            return;
        }
    }
    let guard = LinkGuard {
        state: state.clone(),
        link: link.clone(),
    };
    debug!(node = hex::encode(node), "node linked");
    let writer = state
        .tasks
        .spawn(write(state.clone(), link.clone(), queue_reader, send));
    state
        .tasks
        .spawn(relay_streams(state.clone(), link.clone()));
    let reason = read(&state, &link, reader).await;
    link.close(reason);
    drop(guard);
    let _ = writer.await;
}

/// Guard that closes a link and removes it from the station's state on drop, even if the link's
/// task panics.
struct LinkGuard {
    state: Arc<StationState>,
    link: Arc<Link>,
}

impl Drop for LinkGuard {
    fn drop(&mut self) {
        let Self { state, link } = self;
        link.close(CloseReason::Lost("its task ended".to_owned()));
        state.links.remove(link);
        state.remove_registrations(link);
        debug!(node = hex::encode(link.node), reason = %link.close_reason(), "node unlinked");
    }
}

/// Handles the client's frames until the link is closed, and returns the reason.
async fn read(state: &Arc<StationState>, link: &Arc<Link>, mut reader: FrameReader) -> CloseReason {
    loop {
        let frame = tokio::select! {
            () = link.closed() => return link.close_reason(),
            () = state.stopping.cancelled() => return link.stop_reason(),
            frame = reader.next(MAX_FRAME_BYTES) => frame,
        };
        let handled = match frame {
            Ok(frame) => control::handle(state, link, frame),
            Err(ReadError::TooLarge(_)) => Err(CloseReason::Malformed),
            Err(error) => Err(CloseReason::Lost(error.to_string())),
        };
        if let Err(reason) = handled {
            return reason;
        }
        // Most frames require signature checks, and the station often shares its threads with a
        // service.
        tokio::task::yield_now().await;
    }
}

/// Writes the send queue to the stream. When the link is closed, writes the rest and a GOODBYE
/// within [`GOODBYE_TIMEOUT`], then closes the connection.
async fn write(
    state: Arc<StationState>,
    link: Arc<Link>,
    mut queue: SendQueueReader,
    mut send: SendStream,
) {
    let written = tokio::select! {
        () = link.closed() => Ok(()),
        () = state.stopping.cancelled() => {
            link.close(link.stop_reason());
            Ok(())
        }
        written = queue.write_to(&mut send) => written,
    };
    if let Err(error) = &written {
        link.close(CloseReason::Lost(error.to_string()));
    }
    let reason = link.close_reason();
    if written.is_ok() && !matches!(reason, CloseReason::SlowConsumer | CloseReason::Lost(_)) {
        if let Some(goodbye) = goodbye(&reason) {
            let _ = link.try_send(goodbye);
        }
        queue.close();
        let flushed = async {
            let sent = queue.write_to(&mut send).await.is_ok() && send.finish().is_ok();
            // A client that sent a GOODBYE waits for the station to close the connection; a client
            // that receives a GOODBYE closes the connection itself.
            if sent && !matches!(reason, CloseReason::Goodbye(_)) {
                link.connection.closed().await;
            }
        };
        let _ = tokio::time::timeout(GOODBYE_TIMEOUT, flushed).await;
    }
    link.connection
        .close(VarInt::from_u32(0), reason.name().as_bytes());
}

/// Returns the GOODBYE of a closed link; `None` if the client sent one.
fn goodbye(reason: &CloseReason) -> Option<bytes::Bytes> {
    if matches!(reason, CloseReason::Goodbye(_)) {
        return None;
    }
    encode_frame(&goodbye_frame(reason.name(), None).ok()?)
}
