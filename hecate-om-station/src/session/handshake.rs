//! The station's side of handshake v5 (wire 1.0 §4): opener, challenge,
//! CONNECT, HELLO, on the first stream the client opens.

use std::sync::Arc;
use std::time::Duration;

use macula_rust::handshake::{
    self, CAP_RELAY_OVERLOADED, CAP_STATION, HandshakeError, PuzzleMode, Ranges, RefusalCode,
    StationSession, VERSION,
};
use macula_rust::node_key::PUZZLE_DIFFICULTY;
use quinn::{Connection, SendStream};

use super::frames::{FrameReader, PREFIX, ReadError, framed};
use super::link::Proof;
use crate::clock::now_ms;
use crate::credentials::{Credentials, Issued};
use crate::hub::Hub;

/// A handshake frame is at most this long.
const HANDSHAKE_FRAME_BYTES: usize = 64 * 1024;

/// How long a refusing HELLO is given to reach the client, which closes the
/// connection once it has read it.
const REFUSAL_LINGER: Duration = Duration::from_secs(2);

/// Why no link came of a connection.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refused {
    #[error("{0}")]
    Handshake(#[from] HandshakeError),
    #[error("{0}")]
    Read(#[from] ReadError),
    #[error("the client could not be answered: {0}")]
    Write(#[from] quinn::WriteError),
    #[error("the connection is gone: {0}")]
    Connection(#[from] quinn::ConnectionError),
}

/// A client whose CONNECT verified, and the HELLO that accepts it, which is
/// sent once the station is ready for its frames.
pub(super) struct Accepted {
    pub(super) node: [u8; 32],
    pub(super) proof: Proof,
    pub(super) issued: Arc<Issued>,
    pub(super) hello: Vec<u8>,
    pub(super) send: SendStream,
    pub(super) reader: FrameReader,
}

/// Runs the handshake up to the HELLO. A refused client is sent its refusal
/// here.
pub(super) async fn accept(hub: &Arc<Hub>, connection: &Connection) -> Result<Accepted, Refused> {
    let (mut send, recv) = connection.accept_bi().await?;
    let mut reader = FrameReader::new(recv);
    let opener = reader.next(HANDSHAKE_FRAME_BYTES).await?;
    let ranges = Ranges::supported(hub.profile());
    let (negotiated, refusal) = handshake::read_opener(&opener[PREFIX..], &ranges);
    let negotiated = match negotiated {
        Ok(negotiated) => negotiated,
        Err(why) => {
            refuse(connection, &mut send, refusal).await;
            return Err(why.into());
        }
    };
    let issued = hub.credentials.current();
    let material = Credentials::material(&hub.key, &issued);
    let challenge = handshake::challenge(&material, &negotiated, &ranges)?;
    send.write_chunk(framed(&challenge)).await?;
    let connect = reader.next(HANDSHAKE_FRAME_BYTES).await?;
    let session = StationSession {
        profile: hub.profile(),
        negotiated,
        challenge,
        leaf: hub.credentials.leaf().to_vec(),
        puzzle_difficulty: PUZZLE_DIFFICULTY,
        puzzle_mode: PuzzleMode::Enforce,
        capabilities: CAP_STATION | CAP_RELAY_OVERLOADED,
        now_ms: now_ms(),
        // Version 5 is the only one there is, so every node's floor is it.
        floor: Arc::new(|_| VERSION),
        export: Arc::new(exporter(connection.clone())),
        // Asked last of all, once the node's id is proved.
        sign_session_proof: Arc::new({
            let hub = hub.clone();
            move |node, message| {
                if !hub.admits(node) {
                    return Err(not_admitted());
                }
                hub.key.sign(message).map_err(HandshakeError::Key)
            }
        }),
    };
    let (client, hello) = handshake::accept_connect(&connect[PREFIX..], &session);
    match client {
        Ok(client) => Ok(Accepted {
            node: client.node_id,
            proof: client.into(),
            issued,
            hello,
            send,
            reader,
        }),
        Err(why) => {
            refuse(connection, &mut send, Some(hello)).await;
            Err(why.into())
        }
    }
}

/// The refusal that a node receives where the station's policy does not admit it.
fn not_admitted() -> HandshakeError {
    HandshakeError::Refused {
        code: RefusalCode::NotAccepted,
        station_ranges: None,
    }
}

/// Sends a refusing HELLO and waits until the client has closed.
async fn refuse(connection: &Connection, send: &mut SendStream, hello: Option<Vec<u8>>) {
    let Some(hello) = hello else { return };
    if send.write_chunk(framed(&hello)).await.is_ok() && send.finish().is_ok() {
        let _ = tokio::time::timeout(REFUSAL_LINGER, connection.closed()).await;
    }
}

fn exporter(
    connection: Connection,
) -> impl Fn(&str, &[u8], usize) -> Option<Vec<u8>> + Send + Sync {
    move |label, context, length| {
        let mut out = vec![0; length];
        connection
            .export_keying_material(&mut out, label.as_bytes(), context)
            .ok()?;
        Some(out)
    }
}
