//! The request for authority: a node asks its realm for a UCAN, which it
//! presents where it calls.
//!
//! The procedure and the signed request are macula-realm's membership UCAN.
//! A service adds `org`, `scope`, `actions` and `resources`, so that the realm
//! knows what to grant; macula-realm reads none of these today, and grants
//! every device one ability. So a request without them is answered that way
//! here, too.

use std::time::Duration;

use macula_rust::cbor::Value;
use tracing::debug;

use super::Realm;
use super::claim::NOT_ADMITTED;
use super::device_request::{self, text};
use crate::StationError;
use crate::authority::{Authority, AuthorityGrant, AuthorityRequest};
use crate::clock::now_ms;
use crate::issuer;
use crate::procedures::Refusal;

/// The procedure after the realm's name.
pub(super) const ISSUE: &str = "_realm/_realm/identity/issue_membership_ucan_v1";

/// The longest a realm grants at once (macula-realm's 30 days).
const MAX_TTL: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Actions or resources in one request at most, and the bytes of each: what
/// they come to must travel as one token.
const MAX_ITEMS: usize = 256;
const MAX_ITEM_BYTES: usize = 256;

impl Realm {
    /// Whether `procedure` is the request for a UCAN.
    pub(crate) fn is_authority(&self, procedure: &str) -> bool {
        self.is_own(procedure, ISSUE)
    }

    /// Answers a request for a UCAN.
    pub(crate) fn authority(&self, payload: &Value) -> Result<Value, Refusal> {
        let now = now_ms();
        let profile = self.key.profile();
        let node = device_request::signer(payload, &self.identity.id, profile, &self.nonces, now)?;
        let request = read(payload, node)?;
        let grant = match (self.authority)(&request) {
            Authority::Grant(grant) => grant,
            Authority::Pending => return Err(Refusal::handler(NOT_ADMITTED)),
            Authority::Refuse(why) => return Err(Refusal::handler(why)),
        };
        let token = self.issue(&node, &grant);
        let token = token.map_err(|why| Refusal::handler(why.to_string()))?;
        debug!(
            org = request.org,
            scope = request.scope,
            actions = grant.actions.join(", "),
            node = hex::encode(node),
            seconds = grant.ttl.as_secs(),
            "authority granted"
        );
        Ok(Value::Map(vec![
            (Value::text("ucan"), Value::text(token)),
            // The bytes of its hex text, as macula-realm answers it.
            (
                Value::text("citizen_did"),
                Value::Bytes(hex::encode(node).into_bytes()),
            ),
        ]))
    }

    /// Signs the token of `grant` for `node`.
    pub(crate) fn issue(
        &self,
        node: &[u8; 32],
        grant: &AuthorityGrant,
    ) -> Result<String, StationError> {
        let with = match &grant.with {
            Some(with) => with.clone(),
            None => format!("mri:realm:{}", self.identity.name),
        };
        let life = grant.ttl.min(MAX_TTL);
        issuer::sign(&self.key, node, &grant.actions, &with, life)
            .map_err(|why| StationError::crypto("token", &why))
    }
}

fn read(payload: &Value, node: [u8; 32]) -> Result<AuthorityRequest, Refusal> {
    let invalid = |what: &str| Refusal::handler(format!("invalid_request: {what}"));
    let line = |key: &str| match payload.get(key) {
        None | Some(Value::Null) => Ok(String::new()),
        Some(value) => text(value)
            .filter(|text| text.len() <= MAX_ITEM_BYTES)
            .map(str::to_owned)
            .ok_or_else(|| {
                invalid(&format!(
                    "`{key}` is a text of at most {MAX_ITEM_BYTES} bytes"
                ))
            }),
    };
    let lines = |key: &str| {
        let items: &[Value] = match payload.get(key) {
            None | Some(Value::Null) => &[],
            Some(Value::List(items)) if items.len() <= MAX_ITEMS => items,
            Some(_) => {
                return Err(invalid(&format!(
                    "`{key}` is a list of at most {MAX_ITEMS}"
                )));
            }
        };
        let read = |item| {
            text(item)
                .filter(|text| !text.is_empty() && text.len() <= MAX_ITEM_BYTES)
                .map(str::to_owned)
        };
        items
            .iter()
            .map(read)
            .collect::<Option<Vec<String>>>()
            .ok_or_else(|| {
                invalid(&format!(
                    "each of `{key}` is a text of 1 to {MAX_ITEM_BYTES} bytes"
                ))
            })
    };
    let ttl = match payload.get("ttl_seconds") {
        None | Some(Value::Null) => None,
        Some(Value::Int(seconds)) if *seconds > 0 => Some(Duration::from_secs(
            u64::try_from(*seconds).unwrap_or(u64::MAX),
        )),
        Some(_) => return Err(invalid("`ttl_seconds` is a number above 0")),
    };
    Ok(AuthorityRequest {
        node,
        org: line("org")?,
        scope: line("scope")?,
        actions: lines("actions")?,
        resources: lines("resources")?,
        ttl,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(fields: &[(&str, Value)]) -> Result<AuthorityRequest, Refusal> {
        let entries = fields.iter().map(|(k, v)| (Value::text(*k), v.clone()));
        read(&Value::Map(entries.collect()), [7; 32])
    }

    #[test]
    fn texts_are_read_from_byte_strings_and_what_is_absent_is_empty() {
        let bytes = |text: &str| Value::Bytes(text.as_bytes().to_vec());
        let read = request(&[
            ("org", bytes("acme")),
            ("actions", Value::List(vec![bytes("a"), Value::text("b")])),
            ("resources", Value::Null),
            ("ttl_seconds", Value::Int(60)),
        ]);
        let read = read.unwrap();
        assert_eq!((read.org.as_str(), read.scope.as_str()), ("acme", ""));
        assert_eq!(read.actions, ["a", "b"]);
        assert_eq!(read.ttl, Some(Duration::from_secs(60)));
        let grant = AuthorityGrant::all_of(&read);
        assert_eq!(grant.ttl, Duration::from_secs(60));
        assert_eq!(grant.actions, ["a", "b"]);
        let none = AuthorityGrant::all_of(&request(&[]).unwrap());
        assert_eq!(none.actions, ["member/device-verified"]);
        assert_eq!(none.ttl, Duration::from_secs(600));
    }

    #[test]
    fn what_does_not_fit_is_refused_and_the_field_named() {
        let long = Value::text("x".repeat(MAX_ITEM_BYTES + 1));
        let many = Value::List(vec![Value::text("a"); MAX_ITEMS + 1]);
        for (field, value) in [
            ("org", Value::Int(1)),
            ("org", long.clone()),
            ("scope", Value::Bytes(vec![0xff])),
            ("actions", Value::text("a")),
            ("actions", many),
            ("actions", Value::List(vec![Value::text("")])),
            ("resources", Value::List(vec![long])),
            ("ttl_seconds", Value::Int(0)),
            ("ttl_seconds", Value::Float(1.5)),
        ] {
            let why = request(&[(field, value)]).unwrap_err().detail.unwrap();
            assert!(
                why.starts_with("invalid_request: ") && why.contains(field),
                "{why}"
            );
        }
        let endless = request(&[("ttl_seconds", Value::Int(i128::MAX))]).unwrap();
        assert_eq!(
            AuthorityGrant::all_of(&endless).ttl,
            Duration::from_secs(600)
        );
    }
}
