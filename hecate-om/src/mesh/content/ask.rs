//! Asking: who shares a content, and for one root or chunk of it; and checking what is answered by its id.

use std::time::Duration;

use macula_rust::cbor::Value;
use macula_rust::frame::StreamMode;
use macula_rust::manifest::{self, Manifest, Mcid};
use macula_rust::pool::{PoolError, content_procedure_bound};
use macula_rust::record::{self, RecordType};
use macula_rust::station_link::{Link, LinkError, Seal, StreamCall, StreamEvent};
use rand::seq::SliceRandom;
use tokio::time::Instant;

use super::{Content, ContentError, text};
use crate::mesh::{Mesh, Up};

/// How long a root or a chunk may take (macula's default).
const BLOCK_PATIENCE: Duration = Duration::from_secs(15);

/// A node that announces a content, and where it gives it.
pub(super) struct Sharer {
    pub(super) node: [u8; 32],
    pub(super) station: [u8; 32],
    procedure: String,
}

/// Why a node did not give a content.
pub(super) enum Failure {
    NotShared,
    Corrupted(String),
    /// The content's own size, which its id says: no node has another.
    Final(ContentError),
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

/// Who announces the content in the realm, in an order of chance.
pub(super) async fn sharers(up: &Up, content: &Content) -> Result<Vec<Sharer>, PoolError> {
    let key = record::content_key(content.id()).map_err(LinkError::from)?;
    let found = match up.pool.find_records(&key).await {
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
    Ok(sharers)
}

/// Asks for one root or chunk, on a stream of its own.
pub(super) async fn ask(
    mesh: &Mesh,
    link: &Link,
    realm: [u8; 32],
    sharer: &Sharer,
    id: &Mcid,
    want: &str,
) -> Result<Value, Failure> {
    let _place = mesh.content.fetching.acquire().await;
    let asking = async {
        let stream = link
            .open_stream(StreamCall {
                realm,
                procedure: sharer.procedure.clone(),
                target: sharer.node,
                mode: StreamMode::ServerStream,
                payload: Value::Map(vec![
                    (Value::text("mcid"), Value::Bytes(id.to_vec())),
                    (Value::text("want"), Value::text(want)),
                ]),
                deadline: BLOCK_PATIENCE,
                // An announcement names no key to seal to, and the id is what the answer is checked against.
                seal: Some(Seal::Clear),
                ..StreamCall::default()
            })
            .await?;
        let event = stream.recv().await;
        // The stream is over either way.
        let _ = stream.close().await;
        match event {
            Ok(StreamEvent::Data { body, .. }) => Ok(body),
            Ok(_) | Err(LinkError::EndOfStream) => {
                Err(Failure::Other("its answer holds nothing".into()))
            }
            Err(error) => Err(error.into()),
        }
    };
    let until = Instant::now() + BLOCK_PATIENCE;
    match tokio::time::timeout_at(until, asking).await {
        Ok(answer) => answer,
        Err(_) => Err(Failure::Other(format!(
            "no answer within {BLOCK_PATIENCE:?}"
        ))),
    }
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
