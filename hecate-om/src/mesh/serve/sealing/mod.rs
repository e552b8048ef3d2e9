//! End-to-end sealing of served capabilities.

use macula_rust::station_link::Confidentiality;

use crate::capability::{Capability, Confidential};
use crate::mesh::connection::clock;

/// Start time of a key in the far future, so that plaintext requests are never refused.
const NEVER_MS: i64 = i64::MAX / 2;

/// Sealing settings of this process.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sealing {
    /// Unix time from which this process advertises a key. macula-rust refuses plaintext requests
    /// once all older advertisements have expired. The time is the same for all links, so that a
    /// new link does not extend the period.
    keyed_since_ms: Option<i64>,
}

impl Sealing {
    /// Returns the sealing settings of a process that starts to serve now.
    pub(crate) fn start(kem_advertise: bool) -> Self {
        Self {
            keyed_since_ms: kem_advertise.then(clock::millis),
        }
    }

    /// Returns the confidentiality of a capability, and the time from which the capability
    /// advertises a key.
    ///
    /// Built-in capabilities advertise a key and also accept plaintext: a caller that cannot seal
    /// may call `info` and `get_limits`, as in hecate-om (Erlang).
    pub(in crate::mesh) fn confidentiality(
        &self,
        capability: &Capability,
    ) -> (Confidentiality, Option<i64>) {
        let keyed_since = self.keyed_since_ms.map(|since| {
            if capability.is_builtin() {
                NEVER_MS
            } else {
                since
            }
        });
        match capability.confidential {
            Some(Confidential::Off) => (Confidentiality::Off, None),
            Some(Confidential::Required) => (Confidentiality::Required, keyed_since),
            None | Some(Confidential::Preferred) => (Confidentiality::Preferred, keyed_since),
        }
    }
}

/// Checks that no capability requires sealed requests if the node advertises no key.
///
/// # Errors
///
/// Returns the text of the refusal `confidential_required_without_kem_advertise`, which names the
/// capabilities.
pub(crate) fn check_confidential(
    capabilities: &[Capability],
    kem_advertise: bool,
) -> Result<(), String> {
    let required: Vec<String> = capabilities
        .iter()
        .filter(|capability| {
            capability.confidential == Some(Confidential::Required) && !kem_advertise
        })
        .map(|capability| format!("`{}` version {}", capability.name, capability.version))
        .collect();
    match required.as_slice() {
        [] => Ok(()),
        names => Err(format!(
            "{} would refuse every call, because this node advertises no key to seal to; \
             set HECATE_KEM_ADVERTISE=enabled, or make them `confidential = preferred`",
            names.join(", ")
        )),
    }
}

#[cfg(all(test, feature = "dev-mesh"))]
mod end_to_end;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capability::{HandlerFuture, Invocation};

    fn unanswered(_: Invocation) -> HandlerFuture {
        HandlerFuture::new(std::future::pending())
    }

    fn capability(confidential: Option<Confidential>) -> Capability {
        Capability {
            confidential,
            ..Capability::new("acme.run", unanswered)
        }
    }

    #[test]
    fn a_key_is_advertised_since_the_process_started_unless_sealing_is_off() {
        let sealing = Sealing::start(true);
        let since = sealing.keyed_since_ms;
        assert!(since.is_some());
        for (confidential, expected) in [
            (None, (Confidentiality::Preferred, since)),
            (
                Some(Confidential::Preferred),
                (Confidentiality::Preferred, since),
            ),
            (
                Some(Confidential::Required),
                (Confidentiality::Required, since),
            ),
            (Some(Confidential::Off), (Confidentiality::Off, None)),
        ] {
            assert_eq!(sealing.confidentiality(&capability(confidential)), expected);
        }
        let off = Sealing::start(false).confidentiality(&capability(None));
        assert_eq!(off, (Confidentiality::Preferred, None));
    }

    #[test]
    fn built_in_capabilities_advertise_a_key_and_always_accept_plaintext() {
        let sealing = Sealing::start(true);
        for name in ["info", "acme.describe_capabilities"] {
            let builtin = Capability::new(name, unanswered);
            let (confidential, since) = sealing.confidentiality(&builtin);
            assert_eq!(confidential, Confidentiality::Preferred, "{}", builtin.name);
            assert_eq!(since, Some(NEVER_MS), "{}", builtin.name);
        }
    }

    #[test]
    fn required_sealing_without_a_key_is_refused_with_the_capabilities() {
        let required = capability(Some(Confidential::Required));
        let all = [capability(None), required];
        assert_eq!(check_confidential(&all, true), Ok(()));
        assert_eq!(check_confidential(&all[..1], false), Ok(()));
        let refused = check_confidential(&all, false).unwrap_err();
        assert!(refused.starts_with("`acme.run` version 1 "));
    }
}
