//! Streams. A caller opens a QUIC stream with a signed STREAM_OPEN. The station opens another QUIC
//! stream to the provider, and copies the bytes and the end of each direction.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use macula_rust::cbor::{self, Value};
use macula_rust::frame::{
    QUIC_CODE_UNKNOWN_FRAME_TYPE, RelayErrorType, RequestType, VerifiedRequest, read_envelope,
    unknown_frame_type,
};
use quinn::{ReadError, RecvStream, SendStream, VarInt, WriteError};
use tokio::sync::OwnedSemaphorePermit;
use tracing::debug;

use super::calls::{RelayCode, provider, relay_error, verify_own_request};
use crate::frames::{FrameReader, MAX_FRAME_BYTES, PREFIX, ReadError as FrameError};
use crate::link::Link;
use crate::state::StationState;

/// Maximum size of a STREAM_OPEN, and maximum time from the start of its stream to its arrival, as
/// for macula's stations.
const OPEN_BYTES: usize = 1024 * 1024;
const OPEN_TIMEOUT: Duration = Duration::from_secs(10);

/// Maximum time to open a stream to a provider, which may have reached its limit of open streams.
const PROVIDER_TIMEOUT: Duration = Duration::from_secs(5);

/// Maximum time until a refused caller ends its direction of the stream.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(5);

/// Maximum number of bytes in one read.
const CHUNK_BYTES: usize = 64 * 1024;

/// QUIC application codes: stream released, malformed frame, unknown frame type (wire 1.0 §3.3).
const CODE_RELEASED: VarInt = VarInt::from_u32(0);
const CODE_MALFORMED: VarInt = VarInt::from_u32(3);
const CODE_UNKNOWN_FRAME_TYPE: VarInt = VarInt::from_u32(QUIC_CODE_UNKNOWN_FRAME_TYPE);

/// Relays the streams that a client opens, until its link is closed.
pub(crate) async fn relay_streams(state: Arc<StationState>, link: Arc<Link>) {
    loop {
        let accepted = tokio::select! {
            () = link.closed() => return,
            accepted = link.connection.accept_bi() => accepted,
        };
        let Ok((send, recv)) = accepted else { return };
        let Ok(permit) = state.streams.clone().try_acquire_owned() else {
            debug!(node = hex::encode(link.node), "stream refused: too many");
            reset(send, recv, CODE_RELEASED);
            continue;
        };
        state
            .tasks
            .spawn(relay(state.clone(), link.clone(), send, recv, permit));
    }
}

async fn relay(
    state: Arc<StationState>,
    link: Arc<Link>,
    mut send: SendStream,
    recv: RecvStream,
    _permit: OwnedSemaphorePermit,
) {
    let mut reader = FrameReader::new(recv);
    let opened = tokio::select! {
        () = link.closed() => None,
        opened = tokio::time::timeout(OPEN_TIMEOUT, reader.next(OPEN_BYTES)) => Some(opened),
    };
    let Some(Ok(Ok(open))) = opened else {
        debug!(
            node = hex::encode(link.node),
            "stream reset: no valid first frame in time"
        );
        reset(send, reader.into_parts().1, CODE_RELEASED);
        return;
    };
    let request = match read_request(&state, &link, &open) {
        Ok(request) => request,
        Err(code) => {
            reset(send, reader.into_parts().1, code);
            return;
        }
    };
    let opened = match provider(&state, &request) {
        Some(_) if state.pending.is_closing() => Err(RelayCode::Overloaded),
        Some(provider) => open_to(&provider, open)
            .await
            .map(|(send, recv)| (provider, send, recv)),
        None => Err(RelayCode::UnknownNextPeer),
    };
    let (provider, to_provider, from_provider) = match opened {
        Ok(streams) => streams,
        Err(code) => {
            debug!(node = hex::encode(link.node), ?code, "stream refused");
            let understood = code == RelayCode::UnknownNextPeer || link.understands_overloaded();
            let error = understood
                .then(|| relay_error(&state, request, RelayErrorType::StreamError, code))
                .flatten();
            let sent = match error {
                Some(error) => send.write_chunk(error).await.is_ok(),
                None => false,
            };
            let _ = if sent {
                send.finish()
            } else {
                send.reset(CODE_RELEASED)
            };
            drain(&link, reader.into_parts().1).await;
            return;
        }
    };
    if provider.replaces_frames() {
        let from_provider = FrameReader::new(from_provider);
        tokio::join!(
            copy_frames_until_stopped(&state, reader, &provider, to_provider),
            copy_frames_until_stopped(&state, from_provider, &link, send),
        );
        return;
    }
    let (buffered, from_caller) = reader.into_parts();
    tokio::join!(
        copy_until_stopped(&state, buffered, from_caller, to_provider),
        copy_until_stopped(&state, Bytes::new(), from_provider, send),
    );
}

/// Returns the request in a stream's first frame, or the code to reset the stream with.
pub(crate) fn read_request(
    state: &StationState,
    link: &Link,
    open: &[u8],
) -> Result<VerifiedRequest, VarInt> {
    let fields = read_open(open)?;
    verify_own_request(state, link, &fields, RequestType::StreamOpen).ok_or(CODE_MALFORMED)
}

/// Returns the fields of a stream's first frame, or the code to reset the stream with.
fn read_open(frame: &[u8]) -> Result<Value, VarInt> {
    let value = cbor::decode(&frame[PREFIX..]).map_err(|_| CODE_MALFORMED)?;
    let envelope = read_envelope(&value).map_err(|_| CODE_MALFORMED)?;
    match unknown_frame_type(&envelope, &["stream_open"]) {
        None => Ok(envelope.frame),
        Some(_) => Err(CODE_UNKNOWN_FRAME_TYPE),
    }
}

/// Opens a stream to `provider` and writes the caller's STREAM_OPEN as received.
async fn open_to(provider: &Link, open: Bytes) -> Result<(SendStream, RecvStream), RelayCode> {
    let opened = async {
        let (mut send, recv) = provider
            .connection
            .open_bi()
            .await
            .map_err(|_| RelayCode::UnknownNextPeer)?;
        for frame in provider.replaced(open) {
            send.write_chunk(frame)
                .await
                .map_err(|_| RelayCode::UnknownNextPeer)?;
        }
        Ok((send, recv))
    };
    tokio::time::timeout(PROVIDER_TIMEOUT, opened)
        .await
        .unwrap_or(Err(RelayCode::Overloaded))
}

/// Reads and discards a refused caller's stream until its end, or for a limited time. A reset could
/// overtake the refusal.
async fn drain(link: &Link, mut recv: RecvStream) {
    let drained = async { while let Ok(Some(_)) = recv.read_chunk(CHUNK_BYTES, false).await {} };
    tokio::select! {
        () = link.closed() => {}
        _ = tokio::time::timeout(DRAIN_TIMEOUT, drained) => {}
    }
    let _ = recv.stop(CODE_RELEASED);
}

/// Copies one direction of a stream until it ends or the station stops.
async fn copy_until_stopped(
    state: &StationState,
    buffered: Bytes,
    mut from: RecvStream,
    mut to: SendStream,
) {
    tokio::select! {
        // A stream that is only dropped is finished, and its receiver would take a part for the
        // whole.
        () = state.stopping.cancelled() => {}
        () = copy(buffered, &mut from, &mut to) => return,
    }
    reset(to, from, CODE_RELEASED);
}

/// Copies one direction of a stream until it ends. FIN and RESET are relayed to the receiver,
/// STOP_SENDING to the sender.
async fn copy(buffered: Bytes, from: &mut RecvStream, to: &mut SendStream) {
    let stopped = to.stopped();
    tokio::pin!(stopped);
    let mut chunk = buffered;
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

/// Like [`copy_until_stopped`], frame by frame.
async fn copy_frames_until_stopped(
    state: &StationState,
    mut from: FrameReader,
    receiver: &Link,
    mut to: SendStream,
) {
    tokio::select! {
        () = state.stopping.cancelled() => {}
        () = copy_frames(&mut from, receiver, &mut to) => return,
    }
    reset(to, from.into_parts().1, CODE_RELEASED);
}

/// Copies one direction of a stream frame by frame, with the frames that the policy of the
/// receiver's link returns.
async fn copy_frames(from: &mut FrameReader, receiver: &Link, to: &mut SendStream) {
    loop {
        match from.next(MAX_FRAME_BYTES).await {
            Ok(frame) => {
                for frame in receiver.replaced(frame) {
                    if to.write_chunk(frame).await.is_err() {
                        return;
                    }
                }
            }
            Err(FrameError::Finished) => {
                let _ = to.finish();
                return;
            }
            Err(_) => {
                let _ = to.reset(CODE_RELEASED);
                return;
            }
        }
    }
}

fn reset(mut send: SendStream, mut recv: RecvStream, code: VarInt) {
    let _ = send.reset(code);
    let _ = recv.stop(code);
}
