//! ADVERTISE and UNADVERTISE: signed records of a link's procedures, whose authorization the
//! station verifies.

use std::sync::Arc;

use macula_rust::cbor::{self, Value};
use macula_rust::record::{
    self, RecordType, Trust, Verified, procedure_org, read_procedure_advertisement, read_tombstone,
};
use tracing::debug;

use super::acknowledge::{Acknowledged, acknowledge};
use crate::clock::now_ms;
use crate::link::{AdvertisedProcedure, Link};
use crate::name::{MAX_NAME_BYTES, QualifiedName};
use crate::policy::{RegistrationKind, RegistrationRefusal};
use crate::state::StationState;

/// Handles an ADVERTISE. The procedure is served through the link if the record verifies, is the
/// node's own, names this station and is authorized.
pub(crate) fn advertise(state: &StationState, link: &Arc<Link>, fields: &Value) {
    let Some(Value::Bytes(wire)) = fields.get("advertisement") else {
        return;
    };
    let outcome = match record::verify(wire, state.profile(), now_ms()) {
        Ok(verified) => register(state, link, &verified),
        Err(error) => {
            debug!(node = hex::encode(link.node), %error, "advertisement refused");
            Err(RegistrationRefusal::RecordRefused)
        }
    };
    let Some((name, version)) = read_name(wire, VersionField::Record) else {
        return;
    };
    acknowledge(link, Acknowledged::Advertise { version }, &name, outcome);
}

fn register(
    state: &StationState,
    link: &Link,
    verified: &Verified,
) -> Result<(), RegistrationRefusal> {
    let record = verified.record();
    let advertisement =
        read_procedure_advertisement(record).map_err(|_| RegistrationRefusal::RecordRefused)?;
    if advertisement.procedure.len() > MAX_NAME_BYTES {
        return Err(RegistrationRefusal::NameTooLong);
    }
    if advertisement.advertiser_node != link.node
        || !advertisement.serving_stations.contains(&state.node)
    {
        return Err(RegistrationRefusal::Refused);
    }
    // A name outside every namespace cannot be authorized.
    if !matches!(procedure_org(&advertisement.procedure), Ok(Some(_))) {
        return Err(RegistrationRefusal::NotAuthorized);
    }
    let trust = Trust {
        profile: state.profile(),
        realm_key: state.realms.key_of(&advertisement.realm_id),
    };
    record::verify_authorization(verified, &trust, now_ms()).map_err(|error| {
        debug!(
            node = hex::encode(link.node),
            procedure = advertisement.procedure,
            %error,
            "advertisement refused"
        );
        RegistrationRefusal::NotAuthorized
    })?;
    let name = QualifiedName::new(advertisement.realm_id, advertisement.procedure);
    state.check_registration(RegistrationKind::Advertise, &name, link)?;
    let procedure = AdvertisedProcedure {
        version: record.version,
        expires_at: i64::try_from(record.expires_at).unwrap_or(i64::MAX),
    };
    state.routes.insert(link, name, procedure)
}

/// Handles an UNADVERTISE: a tombstone signed by the link's node.
pub(crate) fn unadvertise(state: &StationState, link: &Arc<Link>, fields: &Value) {
    let Some(Value::Bytes(wire)) = fields.get("withdrawal") else {
        return;
    };
    let outcome = match record::verify(wire, state.profile(), now_ms()) {
        Ok(verified) => withdraw(state, link, &verified),
        Err(_) => Err(RegistrationRefusal::RecordRefused),
    };
    let Some((name, version)) = read_name(wire, VersionField::Withdrawn) else {
        return;
    };
    acknowledge(link, Acknowledged::Unadvertise { version }, &name, outcome);
}

fn withdraw(
    state: &StationState,
    link: &Link,
    verified: &Verified,
) -> Result<(), RegistrationRefusal> {
    let record = verified.record();
    let tombstone = read_tombstone(record).map_err(|_| RegistrationRefusal::RecordRefused)?;
    let signer = record.signed.as_ref().map(|signed| signed.key_id);
    if tombstone.withdrawn_type != RecordType::PROCEDURE_ADVERTISEMENT || signer != Some(link.node)
    {
        return Err(RegistrationRefusal::Refused);
    }
    let name = QualifiedName::new(tombstone.realm_id, tombstone.procedure);
    state.check_registration(RegistrationKind::Unadvertise, &name, link)?;
    state
        .routes
        .withdraw(link, &name, tombstone.withdrawn_version);
    Ok(())
}

/// Removes the procedures of `link` under `org`, and notifies the link's node that they are no
/// longer authorized.
pub(crate) fn revoke_org(state: &StationState, link: &Link, org: &str) {
    for (name, procedure) in state.routes.remove_org(link, org) {
        let acknowledged = Acknowledged::Advertise {
            version: procedure.version,
        };
        let refusal = Err(RegistrationRefusal::NotAuthorized);
        acknowledge(link, acknowledged, &name, refusal);
    }
}

/// Reads the procedure and a version from a record without verifying it: the acknowledgement of a
/// refused record repeats both. Returns `None` if the record lacks either, so that it cannot be
/// acknowledged.
fn read_name(wire: &[u8], field: VersionField) -> Option<(QualifiedName, [u8; 16])> {
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
    let version = match field {
        VersionField::Record => tbs.get("version"),
        VersionField::Withdrawn => payload.get("withdrawn_version"),
    };
    let version = bytes(version)?.try_into().ok()?;
    match payload.get("procedure") {
        Some(Value::Text(procedure)) if !procedure.is_empty() => {
            Some((QualifiedName::new(realm, procedure.as_str()), version))
        }
        _ => None,
    }
}

/// Version that an acknowledgement repeats.
#[derive(Debug, Clone, Copy)]
enum VersionField {
    /// The version of the record itself.
    Record,
    /// The version that the record withdraws.
    Withdrawn,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_acknowledgement_repeats_the_advertisements_own_version() {
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
        let name = QualifiedName::new([9; 32], "acme/echo");
        assert_eq!(
            read_name(&wire, VersionField::Record),
            Some((name.clone(), [1; 16]))
        );
        assert_eq!(
            read_name(&wire, VersionField::Withdrawn),
            Some((name, [3; 16]))
        );
    }
}
