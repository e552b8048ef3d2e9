//! Peers that share a content: lookup, requests for roots and chunks, and verification of the
//! answers.

use std::time::Duration;

use macula_rust::cbor::Value;
use macula_rust::frame::StreamMode;
use macula_rust::manifest::{self, Manifest, Mcid};
use macula_rust::pool::{PoolError, content_procedure_bound};
use macula_rust::record::{self, RecordType};
use macula_rust::station_link::{LinkError, Seal, Stream, StreamCall, StreamEvent};
use rand::seq::SliceRandom;
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::peer_limits::PeerLimits;
use super::{Content, text};
use crate::mesh::connection::{Uplink, shielded};

/// Timeout of a request for a root or a chunk, as in macula. The timeout in tests exceeds the
/// duration of any test, so that no test depends on the speed of the machine.
const BLOCK_TIMEOUT: Duration = Duration::from_secs(if cfg!(test) { 500 } else { 15 });
/// Maximum number of peers considered for one content. The limit is needed because any node may
/// announce any content.
const MAX_PEERS: usize = 64;

/// Node that announces a content, with the station and the procedure for fetching.
#[derive(Debug, Clone)]
pub(super) struct ContentPeer {
    pub(super) node: [u8; 32],
    pub(super) station: [u8; 32],
    procedure: String,
}

/// Reason why a peer did not deliver a content.
pub(super) enum PeerError {
    NotShared,
    Corrupted(String),
    Other(String),
}

impl From<PoolError> for PeerError {
    fn from(error: PoolError) -> Self {
        Self::Other(error.to_string())
    }
}

impl From<LinkError> for PeerError {
    fn from(error: LinkError) -> Self {
        match error {
            LinkError::Stream { code, .. } if code == "not_shared" => Self::NotShared,
            other => Self::Other(other.to_string()),
        }
    }
}

/// Returns up to [`MAX_PEERS`] nodes that announce the content in the realm, in random order.
pub(super) async fn find_peers(
    up: &Uplink,
    content: &Content,
) -> Result<Vec<ContentPeer>, PoolError> {
    let key = record::content_key(content.id()).map_err(LinkError::from)?;
    let pool = up.pool.clone();
    let found = match shielded(async move { pool.find_records(&key).await }).await {
        Ok((found, _)) => found,
        Err(PoolError::Link(LinkError::RecordNotFound)) => Vec::new(),
        Err(error) => return Err(error),
    };
    let mut peers: Vec<ContentPeer> = found
        .iter()
        .filter(|v| v.record().record_type == RecordType::CONTENT_ANNOUNCEMENT)
        .filter_map(|v| record::read_content_announcement(v.record()).ok())
        .filter(|a| {
            a.mcid == content.id()
                && a.realm_id == up.realm.id
                && a.serving_station != [0; 32]
                // An announcement must not direct a fetch to another node's procedure.
                && content_procedure_bound(&a.procedure, &a.announcer_node)
        })
        .map(|a| ContentPeer {
            node: a.announcer_node,
            station: a.serving_station,
            procedure: a.procedure,
        })
        .collect();
    peers.shuffle(&mut rand::rng());
    peers.truncate(MAX_PEERS);
    Ok(peers)
}

/// Requests one root or chunk on a dedicated stream. Dropping the future aborts the stream. The
/// permit of the peer is released once the stream is closed.
pub(super) async fn request(
    limits: &PeerLimits,
    up: &Uplink,
    peer: &ContentPeer,
    id: &Mcid,
    want: &'static str,
) -> Result<Value, PeerError> {
    let permit = limits.acquire(&peer.node).await;
    let (sender, answer) = oneshot::channel();
    let (router, station) = (up.router.clone(), peer.station);
    let call = StreamCall {
        realm: up.realm.id,
        procedure: peer.procedure.clone(),
        target: peer.node,
        mode: StreamMode::ServerStream,
        payload: Value::Map(vec![
            (Value::text("mcid"), Value::Bytes(id.to_vec())),
            (Value::text("want"), Value::text(want)),
        ]),
        deadline: BLOCK_TIMEOUT,
        // An announcement contains no key to seal to, and the content id verifies the answer.
        seal: Some(Seal::Clear),
        ..StreamCall::default()
    };
    // Runs in a separate task, because the SDK's stream openings must not be dropped before
    // completion.
    tokio::spawn(async move {
        let _permit = permit;
        let opening = async {
            let deadline = Instant::now() + BLOCK_TIMEOUT;
            let link = router.link_to(station, deadline).await?;
            Ok::<Stream, PeerError>(link.open_stream(call).await?)
        };
        match opening.await {
            Ok(stream) => read_answer(&stream, sender).await,
            // The receiver may have been dropped.
            Err(error) => drop(sender.send(Err(error))),
        }
    });
    let answer = tokio::time::timeout(BLOCK_TIMEOUT, answer).await;
    limits.record_answer(&peer.node, answer.is_ok());
    match answer {
        Ok(Ok(answer)) => answer,
        Ok(Err(_)) => Err(PeerError::Other(
            "the request's task ended abnormally".into(),
        )),
        Err(_) => Err(PeerError::Other(format!(
            "no answer within {BLOCK_TIMEOUT:?}"
        ))),
    }
}

/// Reads the answer from the stream, unless the receiver was dropped, and closes the stream.
async fn read_answer(stream: &Stream, mut sender: oneshot::Sender<Result<Value, PeerError>>) {
    let event = tokio::select! {
        event = stream.recv() => Some(event),
        () = sender.closed() => None,
    };
    if let Some(event) = event {
        let answer = match event {
            Ok(StreamEvent::Data { body, .. }) => Ok(body),
            Ok(_) | Err(LinkError::EndOfStream) => {
                Err(PeerError::Other("its answer is empty".into()))
            }
            Err(error) => Err(error.into()),
        };
        // The receiver may have been dropped.
        let _ = sender.send(answer);
    }
    // The stream ends even if `close` fails.
    let _ = stream.close().await;
}

/// Returns the bytes of a block if they match `id`.
pub(super) fn block(body: Value, id: &Mcid) -> Result<Vec<u8>, PeerError> {
    let Value::Map(pairs) = body else {
        return Err(PeerError::Corrupted("an answer that is not a map".into()));
    };
    let bytes = pairs
        .into_iter()
        .find_map(|(key, value)| match (text(&key), value) {
            (Some("bytes"), Value::Bytes(bytes)) => Some(bytes),
            _ => None,
        });
    match bytes {
        Some(bytes) if manifest::block_mcid(&bytes) == *id => Ok(bytes),
        Some(_) => Err(PeerError::Corrupted(
            "a block that does not match its id".into(),
        )),
        None => Err(PeerError::Corrupted("an answer without a block".into())),
    }
}

/// Returns the manifest in `body`, if the manifest and its chunk hashes match `id`.
pub(super) fn read_manifest(body: &Value, id: &Mcid) -> Result<Manifest, PeerError> {
    let corrupted = |error: manifest::ManifestError| PeerError::Corrupted(error.to_string());
    let manifest = body.get("manifest").unwrap_or(&Value::Null);
    let manifest = manifest::from_wire(manifest).map_err(corrupted)?;
    manifest::verify_mcid(&manifest, id).map_err(corrupted)?;
    manifest::check_whole(&manifest).map_err(corrupted)?;
    manifest::check_chunk_hashes(&manifest).map_err(corrupted)?;
    Ok(manifest)
}
