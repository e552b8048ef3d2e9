//! Dedicated streams: a caller opens one with a signed STREAM_OPEN, the
//! station opens another to the provider and passes the bytes between, in
//! both directions, with how each ends.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use macula_rust::cbor::{self, Value};
use macula_rust::frame::{
    QUIC_CODE_UNKNOWN_FRAME_TYPE, RelayErrorType, RequestType, read_envelope, unknown_frame_type,
};
use quinn::{ReadError, RecvStream, SendStream, VarInt, WriteError};
use tokio::sync::OwnedSemaphorePermit;
use tracing::debug;

use super::calls::{RelayCode, own_request, provider_of, relay_error};
use crate::hub::Hub;
use crate::session::{FrameReader, Link, PREFIX};

/// A STREAM_OPEN is at most this long, and arrives within this time of its
/// stream: macula's bounds.
const OPEN_BYTES: usize = 1024 * 1024;
const OPEN_WAIT: Duration = Duration::from_secs(10);

/// How long a provider at its bound of open streams is waited for.
const PROVIDER_WAIT: Duration = Duration::from_secs(5);

/// How long a refused caller may take to end its sending.
const DRAIN_WAIT: Duration = Duration::from_secs(5);

/// The most taken off a stream at a time.
const CHUNK_BYTES: usize = 64 * 1024;

/// QUIC application codes a stream is ended with: released, a frame that did
/// not decode, a frame type unknown here (wire 1.0 §3.3).
const CODE_RELEASED: VarInt = VarInt::from_u32(0);
const CODE_MALFORMED: VarInt = VarInt::from_u32(3);
const CODE_UNKNOWN_FRAME_TYPE: VarInt = VarInt::from_u32(QUIC_CODE_UNKNOWN_FRAME_TYPE);

/// Relays the streams a client opens, until its link ends.
pub(crate) async fn relay_streams(hub: Arc<Hub>, link: Arc<Link>) {
    loop {
        let accepted = tokio::select! {
            () = link.ended() => return,
            accepted = link.connection.accept_bi() => accepted,
        };
        let Ok((send, recv)) = accepted else { return };
        let Ok(permit) = hub.streams.clone().try_acquire_owned() else {
            debug!(node = hex::encode(link.node), "stream refused: too many");
            end_both(send, recv, CODE_RELEASED);
            continue;
        };
        hub.tasks
            .spawn(relay(hub.clone(), link.clone(), send, recv, permit));
    }
}

async fn relay(
    hub: Arc<Hub>,
    link: Arc<Link>,
    mut send: SendStream,
    recv: RecvStream,
    _permit: OwnedSemaphorePermit,
) {
    let mut reader = FrameReader::new(recv);
    let opened = tokio::select! {
        () = link.ended() => return,
        opened = tokio::time::timeout(OPEN_WAIT, reader.next(OPEN_BYTES)) => opened,
    };
    let Ok(Ok(open)) = opened else {
        debug!(node = hex::encode(link.node), "stream ended: no open");
        end_both(send, reader.into_parts().1, CODE_RELEASED);
        return;
    };
    let fields = match read_open(&open) {
        Ok(fields) => fields,
        Err(code) => {
            end_both(send, reader.into_parts().1, code);
            return;
        }
    };
    let Some(request) = own_request(&hub, &link, &fields, RequestType::StreamOpen) else {
        end_both(send, reader.into_parts().1, CODE_MALFORMED);
        return;
    };
    let provider = match provider_of(&hub, &request) {
        Some(_) if hub.pending.is_closing() => Err(RelayCode::Overloaded),
        Some(provider) => open_to(&provider, open).await,
        None => Err(RelayCode::UnknownNextPeer),
    };
    let (to_provider, from_provider) = match provider {
        Ok(streams) => streams,
        Err(code) => {
            debug!(node = hex::encode(link.node), ?code, "stream refused");
            if code == RelayCode::UnknownNextPeer || link.reads_overloaded() {
                let error = relay_error(&hub, request, RelayErrorType::StreamError, code);
                if let Some(error) = error
                    && send.write_chunk(error).await.is_ok()
                {
                    let _ = send.finish();
                }
            }
            drain(&link, reader.into_parts().1).await;
            return;
        }
    };
    let (held, from_caller) = reader.into_parts();
    let both = async {
        tokio::join!(
            pass_on(held, from_caller, to_provider),
            pass_on(Bytes::new(), from_provider, send),
        )
    };
    tokio::select! {
        () = hub.stopping.cancelled() => {}
        _ = both => {}
    }
}

/// The fields of a stream's first frame, or the code to end the stream with.
fn read_open(frame: &[u8]) -> Result<Value, VarInt> {
    let value = cbor::decode(&frame[PREFIX..]).map_err(|_| CODE_MALFORMED)?;
    let envelope = read_envelope(&value).map_err(|_| CODE_MALFORMED)?;
    match unknown_frame_type(&envelope, &["stream_open"]) {
        None => Ok(envelope.frame),
        Some(_) => Err(CODE_UNKNOWN_FRAME_TYPE),
    }
}

/// A stream to `provider`, begun with the caller's `open` as received.
async fn open_to(provider: &Link, open: Bytes) -> Result<(SendStream, RecvStream), RelayCode> {
    let opened = async {
        let (mut send, recv) = provider
            .connection
            .open_bi()
            .await
            .map_err(|_| RelayCode::UnknownNextPeer)?;
        send.write_chunk(open)
            .await
            .map_err(|_| RelayCode::UnknownNextPeer)?;
        Ok((send, recv))
    };
    tokio::time::timeout(PROVIDER_WAIT, opened)
        .await
        .unwrap_or(Err(RelayCode::Overloaded))
}

/// Reads a refused caller's stream to its end, in a bound time and dropping
/// what it sends, so that the refusal is not lost to a reset.
async fn drain(link: &Link, mut recv: RecvStream) {
    let drained = async { while let Ok(Some(_)) = recv.read_chunk(CHUNK_BYTES, false).await {} };
    tokio::select! {
        () = link.ended() => {}
        _ = tokio::time::timeout(DRAIN_WAIT, drained) => {}
    }
    let _ = recv.stop(CODE_RELEASED);
}

/// Passes one direction on until it ends: its FIN, its RESET and, against it,
/// the receiver's STOP_SENDING.
async fn pass_on(held: Bytes, mut from: RecvStream, mut to: SendStream) {
    let stopped = to.stopped();
    tokio::pin!(stopped);
    let mut chunk = held;
    loop {
        if !chunk.is_empty() {
            match to.write_chunk(chunk).await {
                Ok(()) => {}
                Err(WriteError::Stopped(code)) => {
                    let _ = from.stop(code);
                    return;
                }
                Err(_) => {
                    let _ = from.stop(CODE_RELEASED);
                    return;
                }
            }
        }
        let read = tokio::select! {
            biased;
            read = from.read_chunk(CHUNK_BYTES, true) => read,
            stopped = &mut stopped => {
                let code = match stopped {
                    Ok(Some(code)) => code,
                    Ok(None) | Err(_) => CODE_RELEASED,
                };
                let _ = from.stop(code);
                return;
            }
        };
        match read {
            Ok(Some(next)) => chunk = next.bytes,
            Ok(None) => {
                let _ = to.finish();
                return;
            }
            Err(ReadError::Reset(code)) => {
                let _ = to.reset(code);
                return;
            }
            Err(_) => {
                let _ = to.reset(CODE_RELEASED);
                return;
            }
        }
    }
}

fn end_both(mut send: SendStream, mut recv: RecvStream, code: VarInt) {
    let _ = send.reset(code);
    let _ = recv.stop(code);
}
