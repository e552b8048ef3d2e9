//! Why a put is refused, by the name the wire gives it.

use macula_rust::record::RecordError;

/// Why a record was not stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PutRefusal {
    /// A custodian's check refused it.
    Record(RecordError),
    /// The store, or its signer's share of it, is full.
    Full,
}

impl PutRefusal {
    /// The refusal's name on the wire (wire 1.0 §5.2), at most 64 bytes.
    pub(crate) fn name(&self) -> &'static str {
        let Self::Record(refused) = self else {
            return "store_full";
        };
        match refused {
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
