//! The procedures of a realm.

use macula_rust::cbor::Value;
use macula_rust::frame::VerifiedRequest;

use super::Realm;
use crate::dht::Dht;
use crate::provider_error::ProviderError;

/// A procedure that every realm serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RealmProcedure {
    /// Claims an org: requests the authorization to serve the org's procedures.
    Claim,
    /// Requests a UCAN.
    IssueUcan,
}

impl RealmProcedure {
    pub(super) const ALL: [Self; 2] = [Self::Claim, Self::IssueUcan];

    /// Returns the procedure's name without the prefix of the realm's name.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Claim => "_realm/_realm/identity/request_provider_authorization_v1",
            Self::IssueUcan => "_realm/_realm/identity/issue_membership_ucan_v1",
        }
    }
}

impl Realm {
    /// Returns the procedure of this realm with the full name `procedure`, if there is one.
    pub(crate) fn procedure(&self, procedure: &str) -> Option<RealmProcedure> {
        let name = procedure
            .strip_prefix(self.identity.name.as_str())?
            .strip_prefix('/')?;
        RealmProcedure::ALL.into_iter().find(|p| p.name() == name)
    }

    /// Answers a call of one of the realm's procedures.
    pub(crate) fn answer(
        &self,
        procedure: RealmProcedure,
        dht: &Dht,
        request: &VerifiedRequest,
    ) -> Result<Value, ProviderError> {
        match procedure {
            RealmProcedure::Claim => self.claim(dht, &request.caller, &request.payload),
            RealmProcedure::IssueUcan => self.issue_ucan(&request.payload),
        }
    }
}
