//! Frames on a QUIC stream: four bytes of length, big-endian, then CBOR
//! (wire 1.0 §3.1).

use bytes::{Buf, Bytes, BytesMut};
use macula_rust::cbor::{self, Value};
use quinn::{RecvStream, VarInt};

pub(crate) use macula_rust::frame::MAX_FRAME_BYTES;

/// The bytes of a length prefix.
pub(crate) const PREFIX: usize = 4;

/// Why no whole frame arrived.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ReadError {
    #[error("a frame of {0} bytes is over the limit")]
    TooLarge(usize),
    #[error("the stream ended")]
    Finished,
    #[error("the stream ended within a frame")]
    Cut,
    #[error("the peer reset the stream with code {0}")]
    Reset(VarInt),
    #[error("the connection is gone: {0}")]
    Connection(quinn::ReadError),
}

/// Reads frames off a stream's receiving side. What the peer sent is held as
/// it arrives, never reserved from the length it claims.
#[derive(Debug)]
pub(crate) struct FrameReader {
    recv: RecvStream,
    held: BytesMut,
}

impl FrameReader {
    pub(crate) fn new(recv: RecvStream) -> Self {
        Self {
            recv,
            held: BytesMut::new(),
        }
    }

    /// The next frame with its length prefix, as received, so that a relay
    /// passes it on unchanged; its CBOR is `&frame[PREFIX..]`. A length over
    /// `max` is refused from the prefix alone. Safe to cancel: what arrived
    /// stays held.
    pub(crate) async fn next(&mut self, max: usize) -> Result<Bytes, ReadError> {
        loop {
            if let Some(frame) = whole_frame(&mut self.held, max)? {
                return Ok(frame);
            }
            match self.recv.read_chunk(usize::MAX, true).await {
                Ok(Some(chunk)) => self.held.extend_from_slice(&chunk.bytes),
                Ok(None) if self.held.is_empty() => return Err(ReadError::Finished),
                Ok(None) => return Err(ReadError::Cut),
                Err(quinn::ReadError::Reset(code)) => return Err(ReadError::Reset(code)),
                Err(other) => return Err(ReadError::Connection(other)),
            }
        }
    }

    /// What was received and not yet read as a frame, and the stream itself.
    pub(crate) fn into_parts(self) -> (Bytes, RecvStream) {
        (self.held.freeze(), self.recv)
    }
}

fn whole_frame(held: &mut BytesMut, max: usize) -> Result<Option<Bytes>, ReadError> {
    if held.len() < PREFIX {
        return Ok(None);
    }
    let length = usize::try_from((&held[..PREFIX]).get_u32()).unwrap_or(usize::MAX);
    if length > max {
        return Err(ReadError::TooLarge(length));
    }
    let whole = PREFIX + length;
    if held.len() < whole {
        return Ok(None);
    }
    Ok(Some(held.split_to(whole).freeze()))
}

/// `cbor` with its length prefix.
pub(crate) fn framed(cbor: &[u8]) -> Bytes {
    let length = u32::try_from(cbor.len()).unwrap_or(u32::MAX);
    let mut frame = BytesMut::with_capacity(PREFIX + cbor.len());
    frame.extend_from_slice(&length.to_be_bytes());
    frame.extend_from_slice(cbor);
    frame.freeze()
}

/// `value` encoded, with its length prefix; `None` for one over the frame
/// limit or that the wire cannot carry.
pub(crate) fn framed_value(value: &Value) -> Option<Bytes> {
    let cbor = cbor::encode(value).ok()?;
    (cbor.len() <= MAX_FRAME_BYTES).then(|| framed(&cbor))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_taken_one_by_one_as_their_bytes_arrive() {
        let mut held = BytesMut::new();
        let (one, two) = (framed(b"one"), framed(b"second"));
        held.extend_from_slice(&one);
        held.extend_from_slice(&two[..5]);
        assert_eq!(whole_frame(&mut held, 16), Ok(Some(one)));
        assert_eq!(whole_frame(&mut held, 16), Ok(None));
        held.extend_from_slice(&two[5..]);
        assert_eq!(whole_frame(&mut held, 16), Ok(Some(two)));
        assert!(held.is_empty());
    }

    #[test]
    fn a_length_over_the_limit_is_refused_from_its_prefix() {
        let mut held = BytesMut::from(&17u32.to_be_bytes()[..]);
        assert_eq!(whole_frame(&mut held, 16), Err(ReadError::TooLarge(17)));
    }
}
