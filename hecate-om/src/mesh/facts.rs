//! Facts: what a service tells whoever subscribed.

use std::time::Duration;

use macula_rust::frame::Payload as Clear;
use macula_rust::pool::PoolError;
use macula_rust::station_link::Publication;
use serde::Serialize;

use super::{Link, Mesh, codec};

/// How long a station may take to accept a fact (upstream's for a synchronous publish).
const PATIENCE: Duration = Duration::from_secs(5);

/// Why a fact was not published.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PublishError {
    /// No station is linked now.
    #[error("not published: no station is linked now")]
    Away,
    /// The fact does not fit the wire.
    #[error("not published: it does not fit the wire: {0}")]
    Unencodable(#[from] codec::CodecError),
    /// No link took it.
    #[error("not published: {0}")]
    Refused(String),
    /// No link took it in time.
    #[error("not published within {PATIENCE:?}")]
    TimedOut,
    /// The task that published it ended before it had.
    #[error("not published: its task ended abnormally")]
    Aborted,
}

impl Mesh {
    /// Publishes `fact` in the realm, in a task of its own, so that nothing it does can end the caller's.
    pub(crate) async fn publish<T: Serialize>(
        &self,
        topic: &str,
        fact: &T,
    ) -> Result<(), PublishError> {
        let Link::Up(up) = self.links.borrow().clone() else {
            return Err(PublishError::Away);
        };
        let publication = Publication {
            realm: up.realm.id,
            topic: topic.to_owned(),
            payload: Clear::Clear(codec::encode(fact)?.0),
            ttl_ms: None,
        };
        let publishing = tokio::spawn(async move {
            tokio::time::timeout(PATIENCE, up.pool.publish(publication)).await
        });
        match publishing.await {
            Ok(Ok(Ok(()))) => Ok(()),
            Ok(Ok(Err(PoolError::NoLink(_) | PoolError::Closed))) => Err(PublishError::Away),
            Ok(Ok(Err(error))) => Err(PublishError::Refused(error.to_string())),
            Ok(Err(_)) => Err(PublishError::TimedOut),
            Err(_) => Err(PublishError::Aborted),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::capability::NodeId;
    use crate::mesh::Authority;

    #[tokio::test]
    async fn without_a_mesh_nothing_is_published_and_nothing_waits() {
        let (mesh, setter) =
            Mesh::pending(NodeId::from_bytes([1; 32]), Arc::new(Authority::none()));
        for _ in 0..2 {
            let error = mesh.publish("something_happened", &1).await.unwrap_err();
            assert!(matches!(error, PublishError::Away), "{error}");
            setter.absent();
        }
    }
}
