//! Tokens that a call presents to providers.

use macula_rust::pool::PoolError;
use macula_rust::station_link::LinkError;
use tokio::time::Instant;

use super::attempt::Attempt;
use super::error::UNAUTHORIZED;
use super::{CallError, Calls};
use crate::capability::NodeId;
use crate::mesh::connection::authority::NoToken;
use crate::mesh::connection::ucan::Ucan;

/// Selects the token that a call presents.
#[derive(Debug, Clone, Default)]
pub(in crate::mesh) enum TokenSource {
    /// The service's token, only to providers that require a token.
    #[default]
    IfRequired,
    /// The service's token, if there is one, to every provider.
    Always,
    /// The service's token for this permission.
    Permission(String),
    /// A token set by the caller.
    Explicit(Ucan),
}

impl TokenSource {
    /// Returns whether the service's token may be added for a provider that requires a token.
    pub(in crate::mesh) const fn may_add_token(&self) -> bool {
        matches!(self, Self::IfRequired | Self::Always)
    }
}

/// Credentials of one call, for all its tries.
#[derive(Debug)]
pub(in crate::mesh) struct CallCredentials<'a> {
    calls: &'a Calls,
    procedure: &'a str,
    source: &'a TokenSource,
    /// Provider that refused the last try because it had no token. The next try goes to this
    /// provider.
    refused_by: Option<NodeId>,
    retried: bool,
    presented: bool,
}

impl<'a> CallCredentials<'a> {
    pub(in crate::mesh) const fn new(
        calls: &'a Calls,
        procedure: &'a str,
        source: &'a TokenSource,
    ) -> Self {
        Self {
            calls,
            procedure,
            source,
            refused_by: None,
            retried: false,
            presented: false,
        }
    }

    /// Attaches the token to a try. If the call names a permission, waits for the token until
    /// `deadline`.
    pub(in crate::mesh) async fn attach(
        &mut self,
        attempt: &mut Attempt,
        deadline: Instant,
    ) -> Result<(), CallError> {
        let authority = self.calls.connection.authority();
        let ucan = match self.source {
            TokenSource::Explicit(ucan) => Some(ucan.clone()),
            TokenSource::Permission(permission) => {
                let remaining = deadline.saturating_duration_since(Instant::now());
                let token = authority.token_for(permission, remaining).await;
                Some(token.map_err(|reason| no_token(permission, &reason))?)
            }
            TokenSource::Always => authority.token(),
            TokenSource::IfRequired if authority.is_required_by(self.procedure) => {
                authority.token()
            }
            TokenSource::IfRequired => None,
        };
        self.presented = ucan.is_some();
        if let Some(ucan) = ucan {
            attempt.token = Some(ucan.token().to_vec());
            attempt.proofs = ucan.proofs().to_vec();
        }
        if let Some(provider) = self.refused_by.take() {
            attempt.provider = *provider.as_bytes();
        }
        Ok(())
    }

    /// Returns whether to retry the call with a token: the provider refused the call because it had
    /// no token, so no handler ran, and the service has a token.
    pub(in crate::mesh) fn should_retry_with_token(&mut self, error: &PoolError) -> bool {
        let PoolError::Link(LinkError::Provider {
            code, responded_by, ..
        }) = error
        else {
            return false;
        };
        let authority = self.calls.connection.authority();
        let may_add = self.source.may_add_token() && !self.presented;
        if code != UNAUTHORIZED || !may_add || self.retried || authority.token().is_none() {
            return false;
        }
        authority.record_required_by(self.procedure);
        self.retried = true;
        self.refused_by = Some(NodeId::from_bytes(*responded_by));
        true
    }
}

fn no_token(permission: &str, reason: &NoToken) -> CallError {
    let permission = permission.to_owned();
    match reason {
        NoToken::Undeclared => CallError::UndeclaredPermission { permission },
        NoToken::NotGranted(status) => CallError::NoAuthority {
            permission,
            reason: status.to_string(),
        },
    }
}

#[cfg(all(test, feature = "dev-mesh"))]
mod tests {
    use std::sync::Mutex;
    use std::time::Duration;

    use macula_rust::ucan::{Options, proof_id};

    use crate::Refusal;
    use crate::capability::{Access, Capability, Claims, HandlerFuture, Invocation};
    use crate::mesh::connection::claims::tests::{in_seconds, key, token};
    use crate::mesh::nodes::{node, station};
    use crate::mesh::{CallError, Ucan};

    /// Claims of the last call that ran.
    static SEEN: Mutex<Option<Claims>> = Mutex::new(None);

    fn claims(invocation: Invocation) -> HandlerFuture {
        HandlerFuture::new(async move {
            *SEEN.lock().expect("no holder panics") = invocation.call().claims().cloned();
            crate::capability::reply::<bool, Refusal>(Ok(true))
        })
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_token_that_the_caller_sets_is_presented_with_its_proofs() {
        let station = station().await;
        let (root, middle) = (key(), key());
        let issuer: &'static str = hex::encode(root.node_id().unwrap()).leak();
        let gated = |name, access| Capability {
            access: Some(access),
            ..Capability::new(name, claims)
        };
        let capabilities = vec![
            gated("vouched", Access::Ucan { issuer }),
            gated("open", Access::Open),
        ];
        let provider = node(&station, "acme", false, capabilities).await;
        let caller = node(&station, "other", false, Vec::new()).await;

        let given = [("mri:org:hecate.dev/acme", "read")];
        let until = Options {
            exp: in_seconds(600),
            ..Options::default()
        };
        let parent = token(&root, middle.node_id().unwrap(), &given, &until);
        let of_parent = Options {
            prf: Some(vec![proof_id(&parent)]),
            ..until
        };
        let asked = [
            ("mri:proc:hecate.dev/acme/vouched", "read"),
            ("mri:realm:hecate.dev", "admin"),
        ];
        let leaf = token(
            &middle,
            *caller.identity.node_id.as_bytes(),
            &asked,
            &of_parent,
        );
        let text = |tokens: &[&[u8]]| tokens.join(&b'\n');
        let ucan = |tokens: &[&[u8]]| -> Ucan {
            String::from_utf8(text(tokens)).unwrap().parse().unwrap()
        };
        let call = async |name: &str, ucan: Option<Ucan>| -> Result<bool, CallError> {
            let outgoing = caller.mesh.procedure(format!("acme/{name}"));
            let outgoing = match ucan {
                Some(ucan) => outgoing.ucan(ucan),
                None => outgoing,
            };
            outgoing.timeout(Duration::from_secs(30)).call(&()).await
        };
        let code = |outcome: Result<bool, CallError>| outcome.unwrap_err().code().to_owned();

        let whole = ucan(&[&leaf, &parent]);
        assert_eq!(call("vouched", Some(whole.clone())).await, Ok(true));
        let seen = SEEN
            .lock()
            .unwrap()
            .take()
            .expect("the capability requires a token");
        let capabilities: Vec<_> = seen
            .grants()
            .iter()
            .map(|g| (g.resource(), g.permission()))
            .collect();
        assert_eq!(
            capabilities,
            asked[..1],
            "a capability that the parent does not grant is no claim"
        );
        assert_eq!(seen.audience(), caller.identity.node_id);

        assert_eq!(code(call("vouched", None).await), "unauthorized");
        assert_eq!(
            code(call("vouched", Some(ucan(&[&leaf]))).await),
            "unauthorized"
        );
        let swapped = ucan(&[&parent, &leaf]);
        assert_eq!(code(call("vouched", Some(swapped)).await), "unauthorized");
        assert!(SEEN.lock().unwrap().is_none(), "none of them ran");
        assert_eq!(call("open", Some(whole)).await, Ok(true));
        assert!(
            SEEN.lock().unwrap().is_none(),
            "an open capability ignores tokens"
        );

        caller.close().await;
        provider.close().await;
        station.close().await;
    }

    fn may_write(invocation: Invocation) -> HandlerFuture {
        HandlerFuture::new(async move {
            let claims = invocation
                .call()
                .claims()
                .cloned()
                .expect("the capability requires a token");
            crate::capability::reply::<(bool, bool, bool), Refusal>(Ok((
                claims.allows("corpora/read"),
                claims.allows("corpora/write"),
                claims.allows_on("corpora/write", "mri:org:hecate.dev/elsewhere"),
            )))
        })
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_grant_for_another_org_does_not_allow_the_called_procedure() {
        let station = station().await;
        let root = key();
        let issuer: &'static str = hex::encode(root.node_id().unwrap()).leak();
        let capability = Capability {
            access: Some(Access::Ucan { issuer }),
            ..Capability::new("doc.remove", may_write)
        };
        let provider = node(&station, "acme", false, vec![capability]).await;
        let caller = node(&station, "other", false, Vec::new()).await;
        let granted = [
            ("mri:proc:hecate.dev/acme/doc.remove", "corpora/read"),
            ("mri:org:hecate.dev/elsewhere", "corpora/write"),
        ];
        let until = Options {
            exp: in_seconds(600),
            ..Options::default()
        };
        let leaf = token(&root, *caller.identity.node_id.as_bytes(), &granted, &until);
        let ucan: Ucan = String::from_utf8(leaf).unwrap().parse().unwrap();
        let call = caller.mesh.procedure("acme/doc.remove").ucan(ucan);
        let call = call.timeout(Duration::from_secs(30));
        assert_eq!(
            call.call::<_, (bool, bool, bool)>(&()).await,
            Ok((true, false, true))
        );

        caller.close().await;
        provider.close().await;
        station.close().await;
    }
}
