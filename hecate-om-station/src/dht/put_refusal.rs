//! Reasons to refuse a record, with their names on the wire.

use macula_rust::record::RecordError;

/// Reason why a record was not stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PutRefusal {
    /// The record failed one of a custodian's checks.
    Record(RecordError),
    /// The store, or the quota of the record's signer, is full.
    Full,
}

impl PutRefusal {
    /// Returns the reason's name on the wire (wire 1.0 §5.2), at most 64 bytes.
    pub(crate) fn name(&self) -> &'static str {
        let Self::Record(error) = self else {
            return "store_full";
        };
        match error {
            RecordError::TooLarge => "record_too_large",
            RecordError::AlgUnsupported => "alg_unsupported",
            RecordError::SignatureInvalid => "signature_invalid",
            RecordError::NotYetValid => "not_yet_valid",
            RecordError::Expired => "expired",
            RecordError::LifetimeReversed => "lifetime_reversed",
            RecordError::LifetimeClassUnknown => "lifetime_class_unknown",
            RecordError::LifetimeTooLong => "lifetime_too_long",
            RecordError::LifetimeClassMismatch => "lifetime_class_mismatch",
            RecordError::SubjectMissing => "subject_missing",
            _ => "malformed",
        }
    }
}
