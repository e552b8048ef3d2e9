//! Frames on a QUIC stream: a length of four bytes, big-endian, then CBOR (wire 1.0 §3.1).

use bytes::{BufMut, Bytes, BytesMut};
use macula_rust::cbor::{self, Value};
use quinn::{RecvStream, VarInt};
use tokio_util::codec::{Decoder as _, LengthDelimitedCodec};

pub(crate) use macula_rust::frame::MAX_FRAME_BYTES;

/// Size of a length prefix, in bytes.
pub(crate) const PREFIX: usize = 4;

/// Reason why no complete frame was read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ReadError {
    #[error("a frame is over the limit of {0} bytes")]
    TooLarge(usize),
    #[error("the stream ended")]
    Finished,
    #[error("the stream ended within a frame")]
    Truncated,
    #[error("the peer reset the stream with code {0}")]
    Reset(VarInt),
    #[error("the connection was lost: {0}")]
    Connection(quinn::ReadError),
}

/// Reader of frames from the receiving half of a stream. A length prefix reserves at most the
/// maximum frame size, and no memory is used before the bytes arrive.
#[derive(Debug)]
pub(crate) struct FrameReader {
    recv: RecvStream,
    codec: LengthDelimitedCodec,
    buffer: BytesMut,
}

impl FrameReader {
    pub(crate) fn new(recv: RecvStream) -> Self {
        Self {
            recv,
            codec: codec(),
            buffer: BytesMut::new(),
        }
    }

    /// Returns the next frame with its length prefix, as received, so that it can be relayed
    /// unchanged; its CBOR is `&frame[PREFIX..]`. A length over `max` is refused as soon as the
    /// prefix is read. Cancel safe.
    pub(crate) async fn next(&mut self, max: usize) -> Result<Bytes, ReadError> {
        loop {
            if let Some(frame) = take_frame(&mut self.codec, &mut self.buffer, max)? {
                return Ok(frame);
            }
            match self.recv.read_chunk(usize::MAX, true).await {
                Ok(Some(chunk)) => self.buffer.extend_from_slice(&chunk.bytes),
                Ok(None) if self.buffer.is_empty() => return Err(ReadError::Finished),
                Ok(None) => return Err(ReadError::Truncated),
                Err(quinn::ReadError::Reset(code)) => return Err(ReadError::Reset(code)),
                Err(error) => return Err(ReadError::Connection(error)),
            }
        }
    }

    /// Returns the received bytes that were not yet read as frames, and the stream.
    pub(crate) fn into_parts(self) -> (Bytes, RecvStream) {
        (self.buffer.freeze(), self.recv)
    }
}

/// Returns the codec of frames that keep their length prefix.
fn codec() -> LengthDelimitedCodec {
    LengthDelimitedCodec::builder()
        .length_field_type::<u32>()
        .length_adjustment(4)
        .num_skip(0)
        .new_codec()
}

/// Removes the first frame of `buffer`, if the frame is complete.
fn take_frame(
    codec: &mut LengthDelimitedCodec,
    buffer: &mut BytesMut,
    max: usize,
) -> Result<Option<Bytes>, ReadError> {
    codec.set_max_frame_length(max);
    let frame = codec.decode(buffer).map_err(|_| ReadError::TooLarge(max))?;
    Ok(frame.map(BytesMut::freeze))
}

/// Returns `cbor` with a length prefix.
pub(crate) fn frame(cbor: &[u8]) -> Bytes {
    let length = u32::try_from(cbor.len()).unwrap_or(u32::MAX);
    let mut frame = BytesMut::with_capacity(PREFIX + cbor.len());
    frame.put_u32(length);
    frame.put_slice(cbor);
    frame.freeze()
}

/// Encodes `value` with a length prefix. Returns `None` if the result is over the frame limit or
/// the wire has no encoding for the value.
pub(crate) fn encode_frame(value: &Value) -> Option<Bytes> {
    let cbor = cbor::encode(value).ok()?;
    (cbor.len() <= MAX_FRAME_BYTES).then(|| frame(&cbor))
}

/// Returns the start of `text` that fits into `max_bytes`, cut between characters.
pub(crate) fn truncate(text: &str, max_bytes: usize) -> &str {
    let mut end = text.len().min(max_bytes);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_read_one_by_one_as_their_bytes_arrive() {
        let (mut codec, mut buffer) = (codec(), BytesMut::new());
        let (first, second) = (frame(b"one"), frame(b"second"));
        buffer.extend_from_slice(&first);
        buffer.extend_from_slice(&second[..5]);
        assert_eq!(take_frame(&mut codec, &mut buffer, 16), Ok(Some(first)));
        assert_eq!(take_frame(&mut codec, &mut buffer, 16), Ok(None));
        buffer.extend_from_slice(&second[5..]);
        assert_eq!(take_frame(&mut codec, &mut buffer, 16), Ok(Some(second)));
        assert!(buffer.is_empty());
    }

    #[test]
    fn a_length_over_the_limit_is_refused_from_its_prefix() {
        let mut buffer = BytesMut::from(&17u32.to_be_bytes()[..]);
        assert_eq!(
            take_frame(&mut codec(), &mut buffer, 16),
            Err(ReadError::TooLarge(16))
        );
    }
}
