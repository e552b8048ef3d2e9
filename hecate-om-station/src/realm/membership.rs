//! The request for a UCAN, which a node presents to the providers that it calls.
//!
//! The procedure and the signed request are those of macula-realm's membership UCAN. A service adds
//! `org`, `scope`, `actions` and `resources`, so that the realm knows what to grant. macula-realm
//! reads none of these fields today and grants every device one permission; a request without the
//! fields is answered the same way here.

use std::time::Duration;

use macula_rust::cbor::Value;
use tracing::debug;

use super::{Realm, signed_request, text};
use crate::StationError;
use crate::clock::now_ms;
use crate::issuer;
use crate::policy::{TokenDecision, TokenGrant, TokenRequest};
use crate::provider_error::ProviderError;

/// Maximum lifetime of a UCAN (macula-realm's 30 days).
const MAX_TTL: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Maximum number of permissions or resources in a request, and maximum number of bytes of each:
/// all of them must fit into one token.
const MAX_ITEMS: usize = 256;
const MAX_ITEM_BYTES: usize = 256;

impl Realm {
    /// Answers a request for a UCAN.
    pub(super) fn issue_ucan(&self, payload: &Value) -> Result<Value, ProviderError> {
        let now = now_ms();
        let profile = self.key.profile();
        let node =
            signed_request::verify_signer(payload, &self.identity.id, profile, &self.nonces, now)?;
        let request = read_request(payload, node)?;
        let grant = match (self.policies.token_policy)(&request) {
            TokenDecision::Grant(grant) => grant,
            TokenDecision::Pending => return Err(ProviderError::not_admitted()),
            TokenDecision::Refuse(reason) => return Err(ProviderError::handler(reason)),
        };
        let token = self
            .sign_token(&node, &grant)
            .map_err(|error| ProviderError::handler(error.to_string()))?;
        debug!(
            org = request.org,
            scope = request.scope,
            permissions = grant.permissions.join(", "),
            node = hex::encode(node),
            seconds = grant.ttl.as_secs(),
            "token issued"
        );
        Ok(Value::Map(vec![
            (Value::text("ucan"), Value::text(token)),
            // The hex text as bytes, as in macula-realm's answers.
            (
                Value::text("citizen_did"),
                Value::Bytes(hex::encode(node).into_bytes()),
            ),
        ]))
    }

    /// Signs the token of `grant` for `node`.
    pub(crate) fn sign_token(
        &self,
        node: &[u8; 32],
        grant: &TokenGrant,
    ) -> Result<String, StationError> {
        let resource = match &grant.resource {
            Some(resource) => resource.clone(),
            None => format!("mri:realm:{}", self.identity.name),
        };
        let life = grant.ttl.min(MAX_TTL);
        issuer::sign(&self.key, node, &grant.permissions, &resource, life)
            .map_err(|error| StationError::crypto("token", &error))
    }
}

/// Reads the request of `node`. Absent fields are empty.
fn read_request(payload: &Value, node: [u8; 32]) -> Result<TokenRequest, ProviderError> {
    Ok(TokenRequest {
        node,
        org: read_text(payload, "org")?,
        scope: read_text(payload, "scope")?,
        permissions: read_list(payload, "actions")?,
        resources: read_list(payload, "resources")?,
        ttl: read_ttl(payload)?,
    })
}

fn invalid(detail: &str) -> ProviderError {
    ProviderError::handler(format!("invalid_request: {detail}"))
}

fn read_text(payload: &Value, key: &str) -> Result<String, ProviderError> {
    match payload.get(key) {
        None | Some(Value::Null) => Ok(String::new()),
        Some(value) => text(value)
            .filter(|text| text.len() <= MAX_ITEM_BYTES)
            .map(str::to_owned)
            .ok_or_else(|| {
                invalid(&format!(
                    "`{key}` must be a text of at most {MAX_ITEM_BYTES} bytes"
                ))
            }),
    }
}

fn read_list(payload: &Value, key: &str) -> Result<Vec<String>, ProviderError> {
    let items: &[Value] = match payload.get(key) {
        None | Some(Value::Null) => &[],
        Some(Value::List(items)) if items.len() <= MAX_ITEMS => items,
        Some(_) => {
            return Err(invalid(&format!(
                "`{key}` must be a list of at most {MAX_ITEMS} texts"
            )));
        }
    };
    let read_item = |item| {
        text(item)
            .filter(|text| !text.is_empty() && text.len() <= MAX_ITEM_BYTES)
            .map(str::to_owned)
    };
    let items: Option<Vec<String>> = items.iter().map(read_item).collect();
    items.ok_or_else(|| {
        invalid(&format!(
            "each item of `{key}` must be a text of 1 to {MAX_ITEM_BYTES} bytes"
        ))
    })
}

fn read_ttl(payload: &Value) -> Result<Option<Duration>, ProviderError> {
    match payload.get("ttl_seconds") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Int(seconds)) if *seconds > 0 => {
            let seconds = u64::try_from(*seconds).unwrap_or(u64::MAX);
            Ok(Some(Duration::from_secs(seconds)))
        }
        Some(_) => Err(invalid("`ttl_seconds` must be a positive integer")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(fields: &[(&str, Value)]) -> Result<TokenRequest, ProviderError> {
        let entries = fields.iter().map(|(k, v)| (Value::text(*k), v.clone()));
        read_request(&Value::Map(entries.collect()), [7; 32])
    }

    #[test]
    fn text_is_read_from_byte_strings_and_absent_fields_are_empty() {
        let bytes = |text: &str| Value::Bytes(text.as_bytes().to_vec());
        let read = request(&[
            ("org", bytes("acme")),
            ("actions", Value::List(vec![bytes("a"), Value::text("b")])),
            ("resources", Value::Null),
            ("ttl_seconds", Value::Int(60)),
        ]);
        let read = read.unwrap();
        assert_eq!((read.org.as_str(), read.scope.as_str()), ("acme", ""));
        assert_eq!(read.permissions, ["a", "b"]);
        assert_eq!(read.ttl, Some(Duration::from_secs(60)));
        let grant = TokenGrant::all_of(&read);
        assert_eq!(grant.ttl, Duration::from_secs(60));
        assert_eq!(grant.permissions, ["a", "b"]);
        let none = TokenGrant::all_of(&request(&[]).unwrap());
        assert_eq!(none.permissions, ["member/device-verified"]);
        assert_eq!(none.ttl, Duration::from_secs(600));
    }

    #[test]
    fn an_invalid_field_is_refused_and_named() {
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
            let detail = request(&[(field, value)]).unwrap_err().detail.unwrap();
            assert!(
                detail.starts_with("invalid_request: ") && detail.contains(field),
                "{detail}"
            );
        }
        let endless = request(&[("ttl_seconds", Value::Int(i128::MAX))]).unwrap();
        assert_eq!(TokenGrant::all_of(&endless).ttl, Duration::from_secs(600));
    }
}
