//! What is offered on the mesh, from the advertisements in the DHT.

use std::time::Duration;

use macula_rust::record::{self, RecordType, Trust};

use crate::capability::NodeId;
use crate::mesh::connection::clock;
use crate::mesh::connection::shielded;
use crate::mesh::{CallError, Mesh, macula_profile};

/// A procedure that a node offers, verified as a caller of it would.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Advertised {
    /// The procedure, `<org>/<name>`.
    pub procedure: String,
    /// The node that serves it.
    pub node: NodeId,
}

impl Mesh {
    /// Every procedure offered in the realm, as the nearest station knows it, by name and node.
    ///
    /// It is one station's view, not the realm's: what is not in it may still be served elsewhere.
    ///
    /// # Errors
    ///
    /// [`CallError::NotConnected`] where no station is linked within `patience`, else [`CallError::Link`].
    pub async fn advertised(&self, patience: Duration) -> Result<Vec<Advertised>, CallError> {
        let up = self.up(patience).await?;
        let pool = up.pool.clone();
        let kind = RecordType::PROCEDURE_ADVERTISEMENT;
        let found = shielded(async move { pool.find_records_by_type(kind).await }).await;
        let (records, _) = found.map_err(|error| CallError::Link(error.to_string()))?;
        let trust = Trust {
            profile: macula_profile(up.profile),
            realm_key: Some(up.realm.key.clone()),
        };
        let now = clock::millis();
        let mut found: Vec<Advertised> = records
            .iter()
            .filter_map(|verified| {
                let read = record::read_procedure_advertisement(verified.record()).ok()?;
                let ours = read.realm_id == up.realm.id;
                let trusted = ours && record::verify_authorization(verified, &trust, now).is_ok();
                trusted.then(|| Advertised {
                    procedure: read.procedure,
                    node: NodeId::from_bytes(read.advertiser_node),
                })
            })
            .collect();
        found.sort();
        found.dedup();
        Ok(found)
    }
}
