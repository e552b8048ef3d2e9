//! The station's side of handshake v5 (wire 1.0 §4), on the first stream that the client opens:
//! opener, challenge, CONNECT, HELLO.

use std::sync::Arc;
use std::time::Duration;

use macula_rust::handshake::{
    self, CAP_RELAY_OVERLOADED, CAP_STATION, HandshakeError, Negotiated, PuzzleMode, Ranges,
    RefusalCode, StationSession, VERSION,
};
use macula_rust::node_key::PUZZLE_DIFFICULTY;
use quinn::{Connection, SendStream};

use crate::clock::now_ms;
use crate::credentials::{Credentials, TlsBinding};
use crate::frames::{FrameReader, PREFIX, ReadError, frame};
use crate::link::ClientProof;
use crate::state::StationState;

/// Maximum size of a handshake frame.
const HANDSHAKE_FRAME_BYTES: usize = 64 * 1024;

/// Maximum time until a refused client, after reading the HELLO, closes the connection.
const REFUSAL_TIMEOUT: Duration = Duration::from_secs(2);

/// Reason why a handshake failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum AcceptError {
    #[error("{0}")]
    Handshake(#[from] HandshakeError),
    #[error("{0}")]
    Read(#[from] ReadError),
    #[error("cannot write to the client: {0}")]
    Write(#[from] quinn::WriteError),
    #[error("the connection was lost: {0}")]
    Connection(#[from] quinn::ConnectionError),
}

/// A client whose CONNECT verified, and the HELLO that accepts it. The HELLO is sent once the
/// station is ready for the client's frames.
pub(super) struct AcceptedClient {
    pub(super) node: [u8; 32],
    pub(super) proof: ClientProof,
    pub(super) binding: Arc<TlsBinding>,
    pub(super) hello: Vec<u8>,
    pub(super) send: SendStream,
    pub(super) reader: FrameReader,
}

/// Runs the handshake up to the HELLO. On failure, sends the HELLO that refuses the client.
pub(super) async fn accept(
    state: &Arc<StationState>,
    connection: &Connection,
) -> Result<AcceptedClient, AcceptError> {
    let (mut send, recv) = connection.accept_bi().await?;
    let mut reader = FrameReader::new(recv);
    let opener = reader.next(HANDSHAKE_FRAME_BYTES).await?;
    let ranges = Ranges::supported(state.profile());
    let (negotiated, refusal) = handshake::read_opener(&opener[PREFIX..], &ranges);
    let negotiated = match negotiated {
        Ok(negotiated) => negotiated,
        Err(error) => {
            refuse(connection, &mut send, refusal).await;
            return Err(error.into());
        }
    };
    let binding = state.credentials.current();
    let material = Credentials::station_material(&state.key, &binding);
    let challenge = handshake::challenge(&material, &negotiated, &ranges)?;
    send.write_chunk(frame(&challenge)).await?;
    let connect = reader.next(HANDSHAKE_FRAME_BYTES).await?;
    let export = exporter(connection.clone());
    let session = station_session(state, negotiated, challenge, export);
    let (client, hello) = handshake::accept_connect(&connect[PREFIX..], &session);
    match client {
        Ok(client) => Ok(AcceptedClient {
            node: client.node_id,
            proof: client.into(),
            binding,
            hello,
            send,
            reader,
        }),
        Err(error) => {
            refuse(connection, &mut send, Some(hello)).await;
            Err(error.into())
        }
    }
}

/// Returns what the station checks a CONNECT against.
fn station_session(
    state: &Arc<StationState>,
    negotiated: Negotiated,
    challenge: Vec<u8>,
    export: impl Fn(&str, &[u8], usize) -> Option<Vec<u8>> + Send + Sync + 'static,
) -> StationSession {
    StationSession {
        profile: state.profile(),
        negotiated,
        challenge,
        leaf: state.credentials.leaf().to_vec(),
        puzzle_difficulty: PUZZLE_DIFFICULTY,
        puzzle_mode: PuzzleMode::Enforce,
        capabilities: CAP_STATION | CAP_RELAY_OVERLOADED,
        now_ms: now_ms(),
        // Version 5 is the only version, so it is the floor of every node.
        floor: Arc::new(|_| VERSION),
        export: Arc::new(export),
        // Called last, after the node has proved its id.
        sign_session_proof: Arc::new({
            let state = state.clone();
            move |node, message| {
                if !state.admits(node) {
                    return Err(not_admitted());
                }
                state.key.sign(message).map_err(HandshakeError::Key)
            }
        }),
    }
}

/// Runs the handshake of a client without a connection, whose TLS exporter is all zeros. `connect`
/// answers the station's challenge. Returns the client's node id.
pub(crate) fn accept_offline(
    state: &Arc<StationState>,
    opener: &[u8],
    connect: impl FnOnce(&[u8]) -> Vec<u8>,
) -> Result<[u8; 32], HandshakeError> {
    let ranges = Ranges::supported(state.profile());
    let negotiated = handshake::read_opener(opener, &ranges).0?;
    let binding = state.credentials.current();
    let material = Credentials::station_material(&state.key, &binding);
    let challenge = handshake::challenge(&material, &negotiated, &ranges)?;
    let connect = connect(&challenge);
    let export = |_: &str, _: &[u8], length| Some(vec![0; length]);
    let session = station_session(state, negotiated, challenge, export);
    let (client, _) = handshake::accept_connect(&connect, &session);
    client.map(|client| client.node_id)
}

/// Returns the refusal of a node that the link policy does not admit.
fn not_admitted() -> HandshakeError {
    HandshakeError::Refused {
        code: RefusalCode::NotAccepted,
        station_ranges: None,
    }
}

/// Sends a refusing HELLO and waits until the client has closed the connection.
async fn refuse(connection: &Connection, send: &mut SendStream, hello: Option<Vec<u8>>) {
    let Some(hello) = hello else { return };
    if send.write_chunk(frame(&hello)).await.is_ok() && send.finish().is_ok() {
        let _ = tokio::time::timeout(REFUSAL_TIMEOUT, connection.closed()).await;
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
