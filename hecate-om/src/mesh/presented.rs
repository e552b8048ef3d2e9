//! What a call presents to a provider that asks who vouches for it, and how it is kept from the stations between.

use macula_rust::pool::{Call, PoolError};
use macula_rust::station_link::{
    Confidentiality, ConfidentialityError, ConfidentialityReason, LinkError,
};
use tokio::time::Instant;

use super::Mesh;
use super::authority::NoToken;
use super::call::CallError;
use super::ucan::Ucan;
use crate::capability::{Confidential, NodeId};

/// The code of a call that a provider refused for want of a token, before anything of it ran.
const UNAUTHORIZED: &str = "unauthorized";

/// Which token a call presents.
#[derive(Debug, Clone, Default)]
pub(super) enum Present {
    /// The service's own, to a provider that asked.
    #[default]
    WhenAsked,
    /// The service's own, for this action of its `identity_spec`.
    Action(String),
    /// The caller's own.
    Own(Ucan),
}

/// The tokens of one call, over all the times that it is made.
#[derive(Debug)]
pub(super) struct Presenting<'a> {
    mesh: &'a Mesh,
    procedure: &'a str,
    present: &'a Present,
    /// The provider that refused for want of a token: it alone is shown one.
    asked_by: Option<NodeId>,
    shown: bool,
}

impl<'a> Presenting<'a> {
    pub(super) const fn new(mesh: &'a Mesh, procedure: &'a str, present: &'a Present) -> Self {
        Self {
            mesh,
            procedure,
            present,
            asked_by: None,
            shown: false,
        }
    }

    /// Puts the token that is to be presented into the call, waiting for it where the call names an action.
    pub(super) async fn put(
        &mut self,
        call: &mut Call,
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
            Present::WhenAsked if self.asked_by.is_some() => authority.token(),
            Present::WhenAsked if authority.is_asked_by(self.procedure) => authority.token(),
            Present::WhenAsked => None,
        };
        self.shown = ucan.is_some();
        if let Some(ucan) = ucan {
            call.token = Some(ucan.token().to_vec());
            call.proofs = ucan.proofs().to_vec();
        }
        if let Some(provider) = self.asked_by {
            call.provider = *provider.as_bytes();
        }
        Ok(())
    }

    /// Whether the call is to be made again, with a token: it was refused for want of one, so nothing of it ran, and
    /// there is one.
    pub(super) fn is_asked(&mut self, outcome: &PoolError) -> bool {
        let PoolError::Link(LinkError::Provider {
            code, responded_by, ..
        }) = outcome
        else {
            return false;
        };
        let authority = self.mesh.authority();
        let first = matches!(self.present, Present::WhenAsked) && !self.shown;
        if code != UNAUTHORIZED || !first || self.asked_by.is_some() || authority.token().is_none()
        {
            return false;
        }
        authority.asked_by(self.procedure);
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

/// How macula is to keep a call; in the clear by choice it makes none.
pub(super) fn confidentiality(
    confidential: Option<Confidential>,
    procedure: &str,
) -> Result<Confidentiality, CallError> {
    match confidential {
        None | Some(Confidential::Preferred) => Ok(Confidentiality::Preferred),
        Some(Confidential::Required) => Ok(Confidentiality::Required),
        Some(Confidential::Off) => Err(CallError::NotConfidential {
            procedure: procedure.to_owned(),
            reason: "nobody calls in the clear by choice: say `Preferred`, which seals wherever the provider can \
                     open it"
                .into(),
        }),
    }
}

/// The call that could not be kept confidential.
pub(super) fn not_confidential(procedure: &str, error: &ConfidentialityError) -> CallError {
    let procedure = procedure.to_owned();
    match error.reason {
        ConfidentialityReason::NoKemKey => CallError::NoKemKey { procedure },
        _ => CallError::NotConfidential {
            procedure,
            reason: error.to_string(),
        },
    }
}
