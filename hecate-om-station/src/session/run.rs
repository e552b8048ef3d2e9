//! A connection from its first packet to its end.

use std::sync::Arc;
use std::time::Duration;

use macula_rust::frame::goodbye_frame;
use quinn::{Connection, Incoming, SendStream, VarInt};
use tokio::sync::Semaphore;
use tracing::debug;

use super::frames::{FrameReader, framed, framed_value};
use super::handshake::{self, Accepted};
use super::link::{End, Link};
use super::outbox::{Queued, outbox};
use super::{ReadError, control};
use crate::hub::Hub;
use crate::relay::relay_streams;

/// How long QUIC, TLS and the handshake may take together, as for macula's
/// clients.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(30);

/// Handshakes under way at most: each costs signatures, and their number is
/// the callers' to choose.
const MAX_HANDSHAKES: usize = 64;

/// How long what is queued for a client may still take to be written once its
/// link has ended, and how long the client may then take to close.
const GOODBYE_LINGER: Duration = Duration::from_secs(1);

/// Takes connections until the station stops.
pub(crate) async fn accept(hub: Arc<Hub>, endpoint: quinn::Endpoint) {
    let handshakes = Arc::new(Semaphore::new(MAX_HANDSHAKES));
    loop {
        let incoming = tokio::select! {
            () = hub.stopping.cancelled() => return,
            incoming = endpoint.accept() => incoming,
        };
        let Some(incoming) = incoming else { return };
        let Ok(permit) = handshakes.clone().try_acquire_owned() else {
            debug!(peer = %incoming.remote_address(), "connection refused: too many handshakes");
            incoming.refuse();
            continue;
        };
        if !hub.links.has_room() {
            debug!(peer = %incoming.remote_address(), "connection refused: too many links");
            incoming.refuse();
            continue;
        }
        hub.tasks.spawn(connection(hub.clone(), incoming, permit));
    }
}

async fn connection(hub: Arc<Hub>, incoming: Incoming, permit: tokio::sync::OwnedSemaphorePermit) {
    let peer = incoming.remote_address();
    let shaken = async {
        let connection = incoming.await?;
        match handshake::accept(&hub, &connection).await {
            Ok(accepted) => Ok((connection, accepted)),
            Err(why) => {
                connection.close(VarInt::from_u32(0), b"handshake failed");
                Err(why)
            }
        }
    };
    let outcome = tokio::select! {
        () = hub.stopping.cancelled() => return,
        outcome = tokio::time::timeout(HANDSHAKE_TIMEOUT, shaken) => outcome,
    };
    drop(permit);
    match outcome {
        Ok(Ok((connection, accepted))) => linked(hub, connection, accepted).await,
        Ok(Err(why)) => debug!(%peer, %why, "handshake refused"),
        Err(_) => debug!(%peer, "handshake timed out"),
    }
}

/// Runs the link of an accepted client to its end.
async fn linked(hub: Arc<Hub>, connection: Connection, accepted: Accepted) {
    let Accepted {
        node,
        proof,
        issued,
        hello,
        send,
        reader,
    } = accepted;
    // A client that serves right after its HELLO finds its delegations.
    hub.realm_link_up(node).await;
    let (outbox, queued) = outbox(hub.outboxes.clone());
    // The first frame of all, written as any other: a client that does not
    // read is let go as any other.
    let _ = outbox.push(framed(&hello));
    let link = Arc::new(Link::new(connection, node, proof, issued, outbox));
    match hub.links.hold(link.clone()) {
        Ok(Some(earlier)) => earlier.end(End::Superseded),
        Ok(None) => {}
        Err(()) => {
            link.connection
                .close(VarInt::from_u32(0), b"too many links");
            return;
        }
    }
    let held = Held {
        hub: hub.clone(),
        link: link.clone(),
    };
    debug!(node = hex::encode(node), "node linked");
    let writer = hub
        .tasks
        .spawn(write(hub.clone(), link.clone(), queued, send));
    hub.tasks.spawn(relay_streams(hub.clone(), link.clone()));
    let why = read(&hub, &link, reader).await;
    link.end(why);
    drop(held);
    let _ = writer.await;
}

/// A link the hub holds. However its task ends, the hub lets it go.
struct Held {
    hub: Arc<Hub>,
    link: Arc<Link>,
}

impl Drop for Held {
    fn drop(&mut self) {
        let Self { hub, link } = self;
        link.end(End::Lost("its task ended".to_owned()));
        hub.links.release(link);
        hub.forget(link);
        debug!(node = hex::encode(link.node), why = %link.why(), "node unlinked");
    }
}

/// Acts on the client's frames until the link ends, and says why it did.
async fn read(hub: &Arc<Hub>, link: &Arc<Link>, mut reader: FrameReader) -> End {
    loop {
        let frame = tokio::select! {
            () = link.ended() => return link.why(),
            () = hub.stopping.cancelled() => return End::Shutdown,
            frame = reader.next(super::MAX_FRAME_BYTES) => frame,
        };
        let acted = match frame {
            Ok(frame) => control::received(hub, link, frame),
            Err(ReadError::TooLarge(_)) => Err(End::Malformed),
            Err(why) => Err(End::Lost(why.to_string())),
        };
        if let Err(end) = acted {
            return end;
        }
        // Most frames cost signatures, and the station often runs on the
        // workers of a service that has other things to do.
        tokio::task::yield_now().await;
    }
}

/// Writes what is queued for the client; once the link has ended, the rest of
/// it and a GOODBYE, in a bound time; then closes the connection.
async fn write(hub: Arc<Hub>, link: Arc<Link>, mut queued: Queued, mut send: SendStream) {
    let written = tokio::select! {
        () = link.ended() => Ok(()),
        () = hub.stopping.cancelled() => {
            link.end(End::Shutdown);
            Ok(())
        }
        written = queued.write_to(&mut send) => written,
    };
    if let Err(why) = &written {
        link.end(End::Lost(why.to_string()));
    }
    let why = link.why();
    if written.is_ok() && !matches!(why, End::SlowConsumer | End::Lost(_)) {
        if let Some(goodbye) = goodbye(&why) {
            let _ = link.try_send(goodbye);
        }
        queued.close();
        let flushed = async {
            let sent = queued.write_to(&mut send).await.is_ok() && send.finish().is_ok();
            // A client that said goodbye waits for this side to close; one
            // that is told goodbye closes once it has read it.
            if sent && !matches!(why, End::Goodbye(_)) {
                link.connection.closed().await;
            }
        };
        let _ = tokio::time::timeout(GOODBYE_LINGER, flushed).await;
    }
    link.connection
        .close(VarInt::from_u32(0), why.name().as_bytes());
}

/// The GOODBYE for a link the station ends; none for one the client did.
fn goodbye(why: &End) -> Option<bytes::Bytes> {
    if matches!(why, End::Goodbye(_)) {
        return None;
    }
    framed_value(&goodbye_frame(why.name(), None).ok()?)
}
