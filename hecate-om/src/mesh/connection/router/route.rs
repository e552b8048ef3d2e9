//! Routes to providers, read from the advertisements of a procedure.

use std::collections::HashSet;

use macula_rust::pool::PoolError;
use macula_rust::record::{self, RecordType, Trust, Verified};
use macula_rust::seal::{self, KEY_ID_SIZE};
use macula_rust::station_link::{
    Confidentiality, ConfidentialityError, ConfidentialityReason, Seal,
};

use crate::mesh::connection::clock;

/// Id of a node or station.
pub(super) type Node = [u8; 32];
/// Any provider of the procedure.
pub(super) const ANY: Node = [0; 32];
/// Id of a provider's key for sealed requests.
type KeyId = [u8; KEY_ID_SIZE];

/// Procedure and provider of a request.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct RouteKey {
    pub(super) realm: [u8; 32],
    pub(super) procedure: String,
    /// The provider, or [`ANY`].
    pub(super) provider: Node,
}

/// Route to a provider: an advertisement of the procedure at one station.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Route {
    pub(super) node: Node,
    pub(super) station: Node,
    /// Unix times in milliseconds.
    pub(super) created_at: u64,
    pub(super) expires_at: u64,
    /// The provider's key for sealed requests, if the provider advertises one.
    pub(super) kem_key: Option<Vec<u8>>,
}

impl RouteKey {
    pub(super) fn new(realm: [u8; 32], procedure: &str, provider: Node) -> Self {
        Self {
            realm,
            procedure: procedure.to_owned(),
            provider,
        }
    }

    /// Returns the key of the same procedure at `provider`.
    pub(super) fn at(&self, provider: Node) -> Self {
        Self::new(self.realm, &self.procedure, provider)
    }
}

impl Route {
    /// Returns how a request on this route is sealed.
    pub(super) fn seal(&self) -> Seal {
        self.kem_key.clone().map_or(Seal::Clear, Seal::To)
    }

    fn key_id(&self) -> Option<KeyId> {
        self.kem_key.as_deref().map(seal::key_id)
    }

    /// Returns whether the advertisement is still valid.
    pub(super) fn is_valid(&self) -> bool {
        i64::try_from(self.expires_at).is_ok_and(|expires_at| expires_at > clock::millis())
    }
}

/// Returns the routes for `key` whose advertisements `trust` authorizes, the most recent
/// advertisement first.
pub(super) fn authorized(records: &[Verified], key: &RouteKey, trust: &Trust) -> Vec<Route> {
    let mut routes: Vec<Route> = records
        .iter()
        .filter(|verified| verified.record().record_type == RecordType::PROCEDURE_ADVERTISEMENT)
        .flat_map(|verified| of_advertisement(verified, key, trust))
        .collect();
    routes.sort_by_key(|route| std::cmp::Reverse(route.created_at));
    routes
}

/// Returns the routes of one advertisement: one for each station.
fn of_advertisement(verified: &Verified, key: &RouteKey, trust: &Trust) -> Vec<Route> {
    let record = verified.record();
    let Ok(read) = record::read_procedure_advertisement(record) else {
        return Vec::new();
    };
    let is_wanted = read.realm_id == key.realm
        && read.procedure == key.procedure
        && (key.provider == ANY || key.provider == read.advertiser_node);
    if !is_wanted || record::verify_authorization(verified, trust, clock::millis()).is_err() {
        return Vec::new();
    }
    let kem_key = read.kem_key.map(|(key, _)| key);
    let stations = read.serving_stations.into_iter();
    stations
        .map(|station| Route {
            node: read.advertiser_node,
            station,
            created_at: record.created_at,
            expires_at: record.expires_at,
            kem_key: kem_key.clone(),
        })
        .collect()
}

/// Returns the routes that a request may use. A provider that advertises a key at one station is
/// not called in plaintext at another. A confidential request is sent only to providers with a key.
pub(super) fn callable(
    routes: Vec<Route>,
    confidential: Confidentiality,
) -> Result<Vec<Route>, PoolError> {
    let advertised: Vec<KeyId> = routes.iter().filter_map(Route::key_id).collect();
    let keyed: HashSet<Node> = routes
        .iter()
        .filter(|route| route.kem_key.is_some())
        .map(|route| route.node)
        .collect();
    let may_be_clear = confidential == Confidentiality::Preferred;
    let callable: Vec<Route> = routes
        .into_iter()
        .filter(|route| route.kem_key.is_some() || (may_be_clear && !keyed.contains(&route.node)))
        .collect();
    if callable.is_empty() {
        return Err(not_confidential(
            ConfidentialityReason::NoKemKey,
            advertised,
            None,
        ));
    }
    Ok(callable)
}

/// Returns the route with the key that a provider `named` when it could not open a sealed request,
/// or the most recent route with a key if the provider named none. The request is never repeated in
/// plaintext.
pub(super) fn with_new_key(
    found: Result<Vec<Route>, PoolError>,
    named: Option<KeyId>,
) -> Result<Route, PoolError> {
    let routes = found.unwrap_or_default();
    let advertised: Vec<KeyId> = routes.iter().filter_map(Route::key_id).collect();
    let reason = if advertised.is_empty() {
        ConfidentialityReason::NoKemKey
    } else {
        ConfidentialityReason::KeyMismatch
    };
    let is_named = |id: KeyId| named.is_none_or(|named| named == id);
    routes
        .into_iter()
        .find(|route| route.key_id().is_some_and(is_named))
        .ok_or_else(|| not_confidential(reason, advertised, named))
}

fn not_confidential(
    reason: ConfidentialityReason,
    advertised: Vec<KeyId>,
    named: Option<KeyId>,
) -> PoolError {
    PoolError::Confidentiality(ConfidentialityError {
        reason,
        advertised,
        named,
    })
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Returns a route to `node`, which stays valid.
    pub(in super::super) fn route(node: u8, kem_key: Option<u8>) -> Route {
        Route {
            node: [node; 32],
            station: [9; 32],
            created_at: 0,
            expires_at: i64::MAX as u64,
            kem_key: kem_key.map(|key| vec![key]),
        }
    }

    fn reason(error: PoolError) -> ConfidentialityReason {
        match error {
            PoolError::Confidentiality(error) => error.reason,
            other => panic!("{other}"),
        }
    }

    #[test]
    fn a_provider_that_advertises_a_key_anywhere_is_never_called_in_plaintext() {
        let routes = vec![route(1, None), route(1, Some(5)), route(2, None)];
        let callable = callable(routes, Confidentiality::Preferred).unwrap();
        assert_eq!(callable, [route(1, Some(5)), route(2, None)]);
    }

    #[test]
    fn a_confidential_request_is_sent_only_to_providers_with_a_key() {
        let routes = vec![route(1, None), route(2, Some(5))];
        let only = callable(routes, Confidentiality::Required).unwrap();
        assert_eq!(only, [route(2, Some(5))]);
        let error = callable(vec![route(1, None)], Confidentiality::Required).unwrap_err();
        assert_eq!(reason(error), ConfidentialityReason::NoKemKey);
    }

    #[test]
    fn a_request_is_repeated_only_with_the_key_that_the_provider_named() {
        let routes = || Ok(vec![route(1, Some(5)), route(1, Some(6))]);
        let id = |key: u8| Some(seal::key_id(&[key]));
        assert_eq!(with_new_key(routes(), id(6)), Ok(route(1, Some(6))));
        assert_eq!(with_new_key(routes(), None), Ok(route(1, Some(5))));
        let error = with_new_key(routes(), id(7)).unwrap_err();
        assert_eq!(reason(error), ConfidentialityReason::KeyMismatch);
        let error = with_new_key(Ok(vec![route(1, None)]), id(5)).unwrap_err();
        assert_eq!(reason(error), ConfidentialityReason::NoKemKey);
    }
}
