//! Frames on a QUIC stream: four bytes of length, big-endian, then CBOR
//! (wire 1.0 §3.1).

use bytes::{BufMut, Bytes, BytesMut};
use macula_rust::cbor::{self, Value};
use quinn::{RecvStream, VarInt};
use tokio_util::codec::{Decoder as _, LengthDelimitedCodec};

pub(crate) use macula_rust::frame::MAX_FRAME_BYTES;

/// The bytes of a length prefix.
pub(crate) const PREFIX: usize = 4;

/// Why no whole frame arrived.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ReadError {
    #[error("a frame is over the limit of {0} bytes")]
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

/// Reads frames from a stream's receiving side. A length claimed by a peer reserves at most `max`
/// bytes, which use no memory before they arrive.
#[derive(Debug)]
pub(crate) struct FrameReader {
    recv: RecvStream,
    codec: LengthDelimitedCodec,
    held: BytesMut,
}

impl FrameReader {
    pub(crate) fn new(recv: RecvStream) -> Self {
        Self {
            recv,
            codec: codec(),
            held: BytesMut::new(),
        }
    }

    /// The next frame with its length prefix, as received, so that a relay
    /// passes it on unchanged; its CBOR is `&frame[PREFIX..]`. A length over
    /// `max` is refused from the prefix alone. Safe to cancel: what arrived
    /// stays held.
    pub(crate) async fn next(&mut self, max: usize) -> Result<Bytes, ReadError> {
        loop {
            if let Some(frame) = whole_frame(&mut self.codec, &mut self.held, max)? {
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

/// Framing of frames that are forwarded with their length.
fn codec() -> LengthDelimitedCodec {
    LengthDelimitedCodec::builder()
        .length_field_type::<u32>()
        .length_adjustment(4)
        .num_skip(0)
        .new_codec()
}

fn whole_frame(
    codec: &mut LengthDelimitedCodec,
    held: &mut BytesMut,
    max: usize,
) -> Result<Option<Bytes>, ReadError> {
    codec.set_max_frame_length(max);
    let frame = codec.decode(held).map_err(|_| ReadError::TooLarge(max))?;
    Ok(frame.map(BytesMut::freeze))
}

/// `cbor` with its length prefix.
pub(crate) fn framed(cbor: &[u8]) -> Bytes {
    let length = u32::try_from(cbor.len()).unwrap_or(u32::MAX);
    let mut frame = BytesMut::with_capacity(PREFIX + cbor.len());
    frame.put_u32(length);
    frame.put_slice(cbor);
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
        let (mut codec, mut held) = (codec(), BytesMut::new());
        let (one, two) = (framed(b"one"), framed(b"second"));
        held.extend_from_slice(&one);
        held.extend_from_slice(&two[..5]);
        assert_eq!(whole_frame(&mut codec, &mut held, 16), Ok(Some(one)));
        assert_eq!(whole_frame(&mut codec, &mut held, 16), Ok(None));
        held.extend_from_slice(&two[5..]);
        assert_eq!(whole_frame(&mut codec, &mut held, 16), Ok(Some(two)));
        assert!(held.is_empty());
    }

    #[test]
    fn a_length_over_the_limit_is_refused_from_its_prefix() {
        let mut held = BytesMut::from(&17u32.to_be_bytes()[..]);
        assert_eq!(
            whole_frame(&mut codec(), &mut held, 16),
            Err(ReadError::TooLarge(16))
        );
    }
}
