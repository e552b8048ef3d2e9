//! Frames that a station reads.

mod frames;
mod linked;

use arbitrary::{Result, Unstructured};
use macula_rust::cbor;

use crate::limits::within_limits;
use frames::{Frame, any_frame};
use linked::LinkedClient;

/// Memory for each byte of a frame: its value, the fields read from it, and the signed reply.
const FACTOR: u64 = 256;

/// Maximum number of procedures and topics of the client.
const REGISTRATIONS: usize = 4096;

/// Maximum size of a topic, in bytes.
const TOPIC_BYTES: usize = 512;

/// Checks that a station handles any frame of a linked client, any first frame of a stream and any
/// handshake, that bytes which are not CBOR close the link, and that the client registers nothing
/// but procedures in its own namespace and topics of the allowed length.
///
/// The input is a frame, and a description of a frame that the client's key signs, with damage
/// before or after the signature.
///
/// # Panics
///
/// If a property does not hold.
pub fn station_frames(input: &[u8]) {
    LinkedClient::with(|client| {
        handle_control_frame(client, input);
        let _ = within_limits(input.len(), FACTOR, || client.read_stream_open(input));
        let no_answer = |_: &[u8]| input.to_vec();
        let accepted = within_limits(input.len(), FACTOR, || client.shake_hands(input, no_answer));
        assert!(accepted.is_err(), "an opener is not CONNECT");
        // The description ends where the input does.
        let _ = described(client, &mut Unstructured::new(input));
    });
}

fn described(client: &LinkedClient, u: &mut Unstructured<'_>) -> Result<()> {
    match any_frame(client, u)? {
        Frame::Control(frame) => handle_control_frame(client, &frame),
        Frame::StreamOpen(frame) => {
            let _ = within_limits(frame.len(), FACTOR, || client.read_stream_open(&frame));
        }
        Frame::Handshake { opener, damage } => {
            let connect = |challenge: &[u8]| client.connect(challenge, &damage);
            let accepted = client.shake_hands(&opener, connect);
            if let Ok(node) = accepted {
                assert_eq!(
                    node,
                    client.node(),
                    "a handshake proves the client's own id"
                );
            }
        }
    }
    Ok(())
}

fn handle_control_frame(client: &LinkedClient, frame: &[u8]) {
    let handled = within_limits(frame.len(), FACTOR, || client.handle_control_frame(frame));
    if cbor::decode(frame).is_err() {
        assert!(handled.is_err(), "bytes that are not CBOR close the link");
    }
    let Some(link) = client.link() else {
        return;
    };
    let own = format!("~{}/", hex(&client.node()));
    assert!(link.procedures.len() <= REGISTRATIONS && link.topics.len() <= REGISTRATIONS);
    for procedure in &link.procedures {
        assert!(procedure.text.starts_with(&own), "{}", procedure.text);
    }
    for topic in &link.topics {
        assert!(topic.text.len() <= TOPIC_BYTES);
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
