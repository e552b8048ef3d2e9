//! What a call presents to a provider that asks who vouches for it, and how it is kept from the stations between.

use macula_rust::pool::PoolError;
use macula_rust::station_link::{ConfidentialityError, ConfidentialityReason, LinkError};
use tokio::time::Instant;

use super::error::UNAUTHORIZED;
use super::exchange::Attempt;
use crate::capability::NodeId;
use crate::mesh::connection::authority::NoToken;
use crate::mesh::connection::ucan::Ucan;
use crate::mesh::{CallError, Mesh};

/// Which token a call presents.
#[derive(Debug, Clone, Default)]
pub(in crate::mesh) enum Present {
    /// The service's own, to a provider that asked.
    #[default]
    WhenAsked,
    /// The service's own, to any provider, where there is one.
    AtOnce,
    /// The service's own, for this action of its `identity_spec`.
    Action(String),
    /// The caller's own.
    Own(Ucan),
}

/// The tokens of one call, over all the times that it is made.
#[derive(Debug)]
pub(in crate::mesh) struct Presenting<'a> {
    mesh: &'a Mesh,
    procedure: &'a str,
    present: &'a Present,
    /// The provider that refused for want of a token, which the next call goes to.
    asked_by: Option<NodeId>,
    asked: bool,
    shown: bool,
}

impl<'a> Presenting<'a> {
    pub(in crate::mesh) const fn new(
        mesh: &'a Mesh,
        procedure: &'a str,
        present: &'a Present,
    ) -> Self {
        Self {
            mesh,
            procedure,
            present,
            asked_by: None,
            asked: false,
            shown: false,
        }
    }

    /// Puts the token that is to be presented into the try, waiting for it where the call names an action.
    pub(in crate::mesh) async fn put(
        &mut self,
        attempt: &mut Attempt,
        deadline: Instant,
    ) -> Result<(), CallError> {
        let authority = self.mesh.authority();
        let ucan = match self.present {
            Present::Own(ucan) => Some(ucan.clone()),
            Present::Action(action) => {
                let left = deadline.saturating_duration_since(Instant::now());
                let token = authority.token_for(action, left).await;
                Some(token.map_err(|why| no_token(action, &why))?)
            }
            Present::AtOnce => authority.token(),
            Present::WhenAsked if authority.is_asked_by(self.procedure) => authority.token(),
            Present::WhenAsked => None,
        };
        self.shown = ucan.is_some();
        if let Some(ucan) = ucan {
            attempt.token = Some(ucan.token().to_vec());
            attempt.proofs = ucan.proofs().to_vec();
        }
        if let Some(provider) = self.asked_by.take() {
            attempt.provider = *provider.as_bytes();
        }
        Ok(())
    }

    /// Whether the call is to be made again, with a token: it was refused for want of one, so nothing of it ran, and
    /// there is one.
    pub(in crate::mesh) fn is_asked(&mut self, outcome: &PoolError) -> bool {
        let PoolError::Link(LinkError::Provider {
            code, responded_by, ..
        }) = outcome
        else {
            return false;
        };
        let authority = self.mesh.authority();
        let own = matches!(self.present, Present::WhenAsked | Present::AtOnce);
        let first = own && !self.shown;
        if code != UNAUTHORIZED || !first || self.asked || authority.token().is_none() {
            return false;
        }
        authority.asked_by(self.procedure);
        self.asked = true;
        self.asked_by = Some(NodeId::from_bytes(*responded_by));
        true
    }
}

fn no_token(action: &str, why: &NoToken) -> CallError {
    let action = action.to_owned();
    match why {
        NoToken::Undeclared => CallError::UndeclaredAction { action },
        NoToken::NotYet(status) => CallError::NoAuthority {
            action,
            reason: status.to_string(),
        },
    }
}

/// The call that could not be kept confidential.
pub(in crate::mesh) fn not_confidential(
    procedure: &str,
    error: &ConfidentialityError,
) -> CallError {
    let procedure = procedure.to_owned();
    match error.reason {
        ConfidentialityReason::NoKemKey => CallError::NoKemKey { procedure },
        _ => CallError::NotConfidential {
            procedure,
            reason: error.to_string(),
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
    use crate::mesh::connection::ucan::tests::{in_seconds, key, token};
    use crate::mesh::nodes::{node, station};
    use crate::mesh::{CallError, Ucan};

    /// The claims of the last call that ran.
    static SEEN: Mutex<Option<Claims>> = Mutex::new(None);

    fn claims(invocation: Invocation) -> HandlerFuture {
        HandlerFuture::new(async move {
            *SEEN.lock().expect("no test panics with it") = invocation.call().claims().cloned();
            crate::capability::reply::<bool, Refusal>(Ok(true))
        })
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_token_of_the_callers_own_is_presented_with_its_parents() {
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
        let seen = SEEN.lock().unwrap().take().expect("it is gated");
        let capabilities: Vec<_> = seen
            .capabilities()
            .iter()
            .map(|g| (g.with(), g.can()))
            .collect();
        assert_eq!(
            capabilities,
            asked[..1],
            "what the parent did not give is no claim"
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
            "an open capability looks at no token"
        );

        caller.close().await;
        provider.close().await;
        station.close().await;
    }

    fn may_write(invocation: Invocation) -> HandlerFuture {
        HandlerFuture::new(async move {
            let claims = invocation.call().claims().cloned().expect("it is gated");
            crate::capability::reply::<(bool, bool, bool), Refusal>(Ok((
                claims.allows("corpora/read"),
                claims.allows("corpora/write"),
                claims.allows_on("corpora/write", "mri:org:hecate.dev/elsewhere"),
            )))
        })
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_grant_for_another_org_does_not_count_for_the_called_procedure() {
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
