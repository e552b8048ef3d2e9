//! Directory of the realm's advertised procedures, read from the DHT.

use std::time::Duration;

use hecate_om_manifest::names::is_procedure;
use macula_rust::pool::PoolError;
use macula_rust::record::{self, RecordType, Trust};
use tokio::time::timeout;

use super::providers::LOOKUP_TIMEOUT;
use super::{CallError, Calls};
use crate::capability::NodeId;
use crate::cause::Cause;
use crate::mesh::connection::{clock, macula_profile, shielded};

/// Advertisement of a procedure by a node, verified as for a call.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Advertised {
    /// Procedure, `<org>/<name>`.
    pub procedure: String,
    /// Node that serves the procedure.
    pub node: NodeId,
    /// Whether the node advertises a key, so that callers can seal their requests.
    pub sealed: bool,
}

impl Calls {
    /// Returns the nodes that the realm authorizes to serve a procedure now, from one station;
    /// `None` if no station answered in time.
    pub(in crate::mesh) async fn live_providers(&self, procedure: &str) -> Option<Vec<[u8; 32]>> {
        let looking_up = async {
            let up = self.connection.up(LOOKUP_TIMEOUT).await.ok()?;
            match up.router.providers(up.realm.id, procedure).await {
                Ok(found) => Some(found.into_iter().map(|(node, _)| node).collect()),
                Err(PoolError::NoProvider(_)) => Some(Vec::new()),
                Err(_) => None,
            }
        };
        timeout(LOOKUP_TIMEOUT, looking_up).await.ok().flatten()
    }

    /// Returns the advertised procedures of the realm, sorted by name and node, from one station.
    pub(in crate::mesh) async fn advertised(
        &self,
        timeout: Duration,
    ) -> Result<Vec<Advertised>, CallError> {
        let up = self.connection.up(timeout).await?;
        let pool = up.pool.clone();
        let kind = RecordType::PROCEDURE_ADVERTISEMENT;
        let found = shielded(async move { pool.find_records_by_type(kind).await }).await;
        let (records, _) = found.map_err(|error| CallError::Link(Cause::new(error)))?;
        let trust = Trust {
            profile: macula_profile(up.profile),
            realm_key: Some(up.realm.key.clone()),
        };
        let now = clock::millis();
        let mut found: Vec<Advertised> = records
            .iter()
            .filter_map(|verified| {
                let read = record::read_procedure_advertisement(verified.record()).ok()?;
                let is_own_realm = read.realm_id == up.realm.id;
                // Without an org, nobody has to authorize the name.
                let has_org = is_procedure(&read.procedure);
                let is_trusted = is_own_realm
                    && has_org
                    && record::verify_authorization(verified, &trust, now).is_ok();
                is_trusted.then(|| Advertised {
                    procedure: read.procedure,
                    node: NodeId::from_bytes(read.advertiser_node),
                    sealed: read.kem_key.is_some(),
                })
            })
            .collect();
        found.sort();
        // Of two advertisements of a node, the one without a key counts.
        found.dedup_by(|later, first| {
            (&later.procedure, later.node) == (&first.procedure, first.node)
        });
        Ok(found)
    }
}
