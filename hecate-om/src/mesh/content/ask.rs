//! Asking: who shares a content, and for one root or chunk of it; and checking what is answered by its id.

use std::time::Duration;

use macula_rust::cbor::Value;
use macula_rust::frame::StreamMode;
use macula_rust::manifest::{self, Manifest, Mcid};
use macula_rust::pool::{PoolError, content_procedure_bound};
use macula_rust::record::{self, RecordType};
use macula_rust::station_link::{LinkError, Seal, Stream, StreamCall, StreamEvent};
use rand::seq::SliceRandom;
use tokio::sync::oneshot;

use super::peers::Peers;
use super::{Content, text};
use crate::mesh::Up;
use crate::mesh::connection::shielded;

/// How long a root or a chunk may take (macula's default). In tests, a sharer that hangs does so for
/// longer than any test takes, so that none depends on the machine's speed.
const BLOCK_PATIENCE: Duration = Duration::from_secs(if cfg!(test) { 500 } else { 15 });
/// Most sharers considered for one content, because any node may announce any content.
const MAX_SHARERS: usize = 64;

/// A node that announces a content, and where it gives it.
#[derive(Debug, Clone)]
pub(super) struct Sharer {
    pub(super) node: [u8; 32],
    pub(super) station: [u8; 32],
    procedure: String,
}

/// Why a node did not give a content.
pub(super) enum Failure {
    NotShared,
    Corrupted(String),
    Other(String),
}

impl From<PoolError> for Failure {
    fn from(error: PoolError) -> Self {
        Self::Other(error.to_string())
    }
}

impl From<LinkError> for Failure {
    fn from(error: LinkError) -> Self {
        match error {
            LinkError::Stream { code, .. } if code == "not_shared" => Self::NotShared,
            other => Self::Other(other.to_string()),
        }
    }
}

/// Returns the nodes that announce the content in the realm, in random order, and at most
/// [`MAX_SHARERS`].
pub(super) async fn sharers(up: &Up, content: &Content) -> Result<Vec<Sharer>, PoolError> {
    let key = record::content_key(content.id()).map_err(LinkError::from)?;
    let pool = up.pool.clone();
    let found = match shielded(async move { pool.find_records(&key).await }).await {
        Ok((found, _)) => found,
        Err(PoolError::Link(LinkError::RecordNotFound)) => Vec::new(),
        Err(error) => return Err(error),
    };
    let mut sharers: Vec<Sharer> = found
        .iter()
        .filter(|v| v.record().record_type == RecordType::CONTENT_ANNOUNCEMENT)
        .filter_map(|v| record::read_content_announcement(v.record()).ok())
        .filter(|a| {
            a.mcid == content.id()
                && a.realm_id == up.realm.id
                && a.serving_station != [0; 32]
                // An announcement cannot point a fetch at another node's procedure.
                && content_procedure_bound(&a.procedure, &a.announcer_node)
        })
        .map(|a| Sharer {
            node: a.announcer_node,
            station: a.serving_station,
            procedure: a.procedure,
        })
        .collect();
    sharers.shuffle(&mut rand::rng());
    sharers.truncate(MAX_SHARERS);
    Ok(sharers)
}

/// Requests one root or chunk on a dedicated stream. Dropping the future leaves the stream; the
/// permit of the sharer is released once the stream is closed.
pub(super) async fn ask(
    peers: &Peers,
    up: &Up,
    sharer: &Sharer,
    id: &Mcid,
    want: &'static str,
) -> Result<Value, Failure> {
    let place = peers.place(&sharer.node).await;
    let (tell, answer) = oneshot::channel();
    let (pool, station) = (up.pool.clone(), sharer.station);
    let call = StreamCall {
        realm: up.realm.id,
        procedure: sharer.procedure.clone(),
        target: sharer.node,
        mode: StreamMode::ServerStream,
        payload: Value::Map(vec![
            (Value::text("mcid"), Value::Bytes(id.to_vec())),
            (Value::text("want"), Value::text(want)),
        ]),
        deadline: BLOCK_PATIENCE,
        // An announcement names no key to seal to, and the content id verifies the answer.
        seal: Some(Seal::Clear),
        ..StreamCall::default()
    };
    // In a separate task, because the SDK's dials and openings must not be dropped before they
    // complete.
    tokio::spawn(async move {
        let _place = place;
        let opening = async {
            let link = pool.link_to(&station).await?;
            Ok::<Stream, Failure>(link.open_stream(call).await?)
        };
        match opening.await {
            Ok(stream) => answered(&stream, tell).await,
            // Nobody may wait for it any more.
            Err(failure) => drop(tell.send(Err(failure))),
        }
    });
    let answer = tokio::time::timeout(BLOCK_PATIENCE, answer).await;
    peers.answered(&sharer.node, answer.is_ok());
    match answer {
        Ok(Ok(answer)) => answer,
        Ok(Err(_)) => Err(Failure::Other("asking it ended abnormally".into())),
        Err(_) => Err(Failure::Other(format!(
            "no answer within {BLOCK_PATIENCE:?}"
        ))),
    }
}

/// Reads the answer from the stream, unless the receiver is gone, and ends the stream.
async fn answered(stream: &Stream, mut tell: oneshot::Sender<Result<Value, Failure>>) {
    let event = tokio::select! {
        event = stream.recv() => Some(event),
        () = tell.closed() => None,
    };
    if let Some(event) = event {
        let answer = match event {
            Ok(StreamEvent::Data { body, .. }) => Ok(body),
            Ok(_) | Err(LinkError::EndOfStream) => {
                Err(Failure::Other("its answer holds nothing".into()))
            }
            Err(error) => Err(error.into()),
        };
        // Nobody may wait for it any more.
        let _ = tell.send(answer);
    }
    // The stream ends in any case.
    let _ = stream.close().await;
}

/// The bytes of a block, where they are those that `id` names.
pub(super) fn block(body: Value, id: &Mcid) -> Result<Vec<u8>, Failure> {
    let Value::Map(pairs) = body else {
        return Err(Failure::Corrupted("an answer that is no map".into()));
    };
    let bytes = pairs
        .into_iter()
        .find_map(|(key, value)| match (text(&key), value) {
            (Some("bytes"), Value::Bytes(bytes)) => Some(bytes),
            _ => None,
        });
    match bytes {
        Some(bytes) if manifest::block_mcid(&bytes) == *id => Ok(bytes),
        Some(_) => Err(Failure::Corrupted(
            "a block that its id does not name".into(),
        )),
        None => Err(Failure::Corrupted("an answer without a block".into())),
    }
}

/// The manifest that `id` names, with every chunk hash that it lists tied to the id.
pub(super) fn read_manifest(body: &Value, id: &Mcid) -> Result<Manifest, Failure> {
    let wrong = |error: manifest::ManifestError| Failure::Corrupted(error.to_string());
    let manifest = body.get("manifest").unwrap_or(&Value::Null);
    let manifest = manifest::from_wire(manifest).map_err(wrong)?;
    manifest::verify_mcid(&manifest, id).map_err(wrong)?;
    manifest::check_whole(&manifest).map_err(wrong)?;
    manifest::check_chunk_hashes(&manifest).map_err(wrong)?;
    Ok(manifest)
}
