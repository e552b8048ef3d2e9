//! ADVERTISE and UNADVERTISE: which procedures a link serves, by signed
//! records whose authorization the station checks.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use macula_rust::cbor::{self, Value};
use macula_rust::record::{
    self, RecordType, Trust, Verified, procedure_org, read_procedure_advertisement, read_tombstone,
};
use tracing::debug;

use super::Name;
use super::acknowledge::{Answered, acknowledge};
use super::name::MAX_NAME_BYTES;
use crate::clock::now_ms;
use crate::config::{RegistrationKind, RegistrationRefusal as Refusal};
use crate::hub::Hub;
use crate::session::Link;

/// Procedures served at most: through one link, and through all.
const MAX_PER_LINK: usize = 8_192;
const MAX_TOTAL: usize = 131_072;

/// How far apart the clocks of an advertiser and this station may be, as
/// records are judged everywhere.
const CLOCK_TOLERANCE_MS: i64 = record::CLOCK_TOLERANCE_MS as i64;

/// A procedure a link serves.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Served {
    /// The advertisement's record version: a later one replaces an earlier
    /// one, and a withdrawal removes up to the version it names.
    version: [u8; 16],
    expires_at: i64,
}

impl Served {
    pub(crate) fn is_live(&self, now_ms: i64) -> bool {
        now_ms < self.expires_at.saturating_add(CLOCK_TOLERANCE_MS)
    }
}

/// How many procedures are served through all links; which, each link holds.
#[derive(Debug, Default)]
pub(crate) struct Routes {
    total: AtomicUsize,
}

impl Routes {
    fn serve(&self, link: &Link, name: Name, new: Served) -> Result<(), Refusal> {
        let mut served = link.served();
        if let Some(held) = served.get_mut(&name) {
            if new.version >= held.version {
                *held = new;
            }
            return Ok(());
        }
        if served.len() >= MAX_PER_LINK {
            return Err(Refusal::AdvertiserQuota);
        }
        if self.total.fetch_add(1, Ordering::Relaxed) >= MAX_TOTAL {
            self.total.fetch_sub(1, Ordering::Relaxed);
            return Err(Refusal::TooManyProviders);
        }
        served.insert(name, new);
        Ok(())
    }

    /// Withdraws `name` where what the link serves is no later than
    /// `version`: a withdrawal that arrives late does not take a renewal away.
    fn withdraw(&self, link: &Link, name: &Name, version: [u8; 16]) {
        let mut served = link.served();
        if served.get(name).is_some_and(|held| held.version <= version) {
            served.remove(name);
            self.total.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// Drops what `link` serves under `org`, and tells its node: the
    /// authorization it was taken by no longer holds.
    pub(crate) fn revoke(&self, link: &Link, org: &str) {
        let revoked: Vec<(Name, Served)> = {
            let mut served = link.served();
            let of_org = |name: &Name| matches!(procedure_org(&name.text), Ok(Some(o)) if o == org);
            served.extract_if(|name, _| of_org(name)).collect()
        };
        self.total.fetch_sub(revoked.len(), Ordering::Relaxed);
        for (name, held) in revoked {
            let answered = Answered::Advertise {
                version: held.version,
            };
            acknowledge(link, answered, &name, Err(Refusal::NotAuthorized));
        }
    }

    /// Drops what `link` served.
    pub(crate) fn forget(&self, link: &Link) {
        let dropped = std::mem::take(&mut *link.served()).len();
        self.total.fetch_sub(dropped, Ordering::Relaxed);
    }

    /// Drops what `link` serves by advertisements that lapsed.
    pub(crate) fn sweep(&self, link: &Link, now_ms: i64) {
        let mut served = link.served();
        let before = served.len();
        served.retain(|_, held| held.is_live(now_ms));
        self.total
            .fetch_sub(before - served.len(), Ordering::Relaxed);
    }
}

#[cfg(test)]
impl Routes {
    pub(crate) fn total(&self) -> usize {
        self.total.load(Ordering::Relaxed)
    }
}

/// An ADVERTISE: the procedure is served through the link once its record
/// verifies, is the link's own and names this station, and its authorization
/// holds.
pub(crate) fn advertise(hub: &Arc<Hub>, link: &Arc<Link>, fields: &Value) {
    let Some(Value::Bytes(wire)) = fields.get("advertisement") else {
        return;
    };
    let outcome = match record::verify(wire, hub.profile(), now_ms()) {
        Ok(verified) => advertised(hub, link, &verified),
        Err(why) => {
            debug!(node = hex::encode(link.node), %why, "advertisement refused");
            Err(Refusal::RecordRefused)
        }
    };
    let Some((name, version)) = named(wire, Version::Own) else {
        return;
    };
    let answered = Answered::Advertise { version };
    acknowledge(link, answered, &name, outcome);
}

fn advertised(hub: &Hub, link: &Link, verified: &Verified) -> Result<(), Refusal> {
    let record = verified.record();
    let read = read_procedure_advertisement(record).map_err(|_| Refusal::RecordRefused)?;
    if read.procedure.len() > MAX_NAME_BYTES {
        return Err(Refusal::NameTooLong);
    }
    if read.advertiser_node != link.node || !read.serving_stations.contains(&hub.node) {
        return Err(Refusal::Refused);
    }
    // A name without a namespace is nobody's to authorize.
    if !matches!(procedure_org(&read.procedure), Ok(Some(_))) {
        return Err(Refusal::NotAuthorized);
    }
    let trust = Trust {
        profile: hub.profile(),
        realm_key: hub.realms.key_of(&read.realm_id),
    };
    record::verify_authorization(verified, &trust, now_ms()).map_err(|why| {
        debug!(
            node = hex::encode(link.node),
            procedure = read.procedure,
            %why,
            "advertisement refused"
        );
        Refusal::NotAuthorized
    })?;
    let name = Name::new(read.realm_id, read.procedure);
    hub.judge(RegistrationKind::Advertise, &name, link)?;
    let served = Served {
        version: record.version,
        expires_at: i64::try_from(record.expires_at).unwrap_or(i64::MAX),
    };
    hub.routes.serve(link, name, served)
}

/// An UNADVERTISE: a tombstone by the advertiser's own link.
pub(crate) fn unadvertise(hub: &Arc<Hub>, link: &Arc<Link>, fields: &Value) {
    let Some(Value::Bytes(wire)) = fields.get("withdrawal") else {
        return;
    };
    let outcome = match record::verify(wire, hub.profile(), now_ms()) {
        Ok(verified) => withdrawn(hub, link, &verified),
        Err(_) => Err(Refusal::RecordRefused),
    };
    let Some((name, version)) = named(wire, Version::Withdrawn) else {
        return;
    };
    let answered = Answered::Unadvertise { version };
    acknowledge(link, answered, &name, outcome);
}

fn withdrawn(hub: &Hub, link: &Link, verified: &Verified) -> Result<(), Refusal> {
    let record = verified.record();
    let tombstone = read_tombstone(record).map_err(|_| Refusal::RecordRefused)?;
    let signer = record.signed.as_ref().map(|signed| signed.key_id);
    if tombstone.withdrawn_type != RecordType::PROCEDURE_ADVERTISEMENT || signer != Some(link.node)
    {
        return Err(Refusal::Refused);
    }
    let name = Name::new(tombstone.realm_id, tombstone.procedure);
    hub.judge(RegistrationKind::Unadvertise, &name, link)?;
    hub.routes
        .withdraw(link, &name, tombstone.withdrawn_version);
    Ok(())
}

/// The procedure a record's bytes name and a version, the record's own or the
/// one it withdraws, read without verifying: what an acknowledgement must name,
/// of a refused record too. `None` where the bytes name none, and no
/// acknowledgement could be built.
fn named(wire: &[u8], of: Version) -> Option<(Name, [u8; 16])> {
    let object = cbor::decode(wire).ok()?;
    let Some(Value::Bytes(tbs)) = object.get("tbs") else {
        return None;
    };
    let tbs = cbor::decode(tbs).ok()?;
    let payload = tbs.get("payload")?;
    let bytes = |field: Option<&Value>| match field {
        Some(Value::Bytes(bytes)) => Some(bytes.clone()),
        _ => None,
    };
    let realm = bytes(payload.get("realm_id"))?.try_into().ok()?;
    let version = match of {
        Version::Own => tbs.get("version"),
        Version::Withdrawn => payload.get("withdrawn_version"),
    };
    let version = bytes(version)?.try_into().ok()?;
    match payload.get("procedure") {
        Some(Value::Text(procedure)) if !procedure.is_empty() => {
            Some((Name::new(realm, procedure.as_str()), version))
        }
        _ => None,
    }
}

/// Which version an acknowledgement names.
#[derive(Debug, Clone, Copy)]
enum Version {
    Own,
    Withdrawn,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_advertisement_is_acknowledged_under_its_own_version() {
        let map = |pairs: &[(&str, Value)]| {
            let pairs = pairs.iter();
            Value::Map(pairs.map(|(k, v)| (Value::text(*k), v.clone())).collect())
        };
        let bytes = |n: u8, length| Value::Bytes(vec![n; length]);
        let payload = map(&[
            ("realm_id", bytes(9, 32)),
            ("procedure", Value::text("acme/echo")),
            ("version", bytes(2, 16)),
            ("withdrawn_version", bytes(3, 16)),
        ]);
        let tbs = map(&[("version", bytes(1, 16)), ("payload", payload)]);
        let tbs = Value::Bytes(cbor::encode(&tbs).unwrap());
        let wire = cbor::encode(&map(&[("tbs", tbs)])).unwrap();
        let name = Name::new([9; 32], "acme/echo");
        assert_eq!(named(&wire, Version::Own), Some((name.clone(), [1; 16])));
        assert_eq!(named(&wire, Version::Withdrawn), Some((name, [3; 16])));
    }
}
