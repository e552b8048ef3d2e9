//! Which capabilities are served sealed end to end, and since when.

use macula_rust::station_link::Confidentiality;

use crate::capability::{Capability, Confidential};
use crate::mesh::connection::clock;

/// A keyless advertisement that nobody waits to see the end of.
const NEVER_MS: i64 = i64::MAX / 2;

/// How this process seals.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sealing {
    /// When the advertisements of this process began to name a key: macula refuses requests in the clear once those
    /// made before cannot be live any more. One moment for all links, so that none of them begins anew; no process
    /// of this key was there in between, so no keyless advertisement is younger.
    keyed_since_ms: Option<i64>,
}

impl Sealing {
    /// That of a process that begins to serve now.
    pub(crate) fn begin(kem_advertise: bool) -> Self {
        Self {
            keyed_since_ms: kem_advertise.then(clock::millis),
        }
    }

    /// How a capability takes its requests, and since when it names a key.
    ///
    /// The built-in ones name a key and answer in the clear as well, always: a caller that cannot seal may ask who
    /// the service is (upstream's `info` and `get_limits`).
    pub(in crate::mesh) fn of(&self, capability: &Capability) -> (Confidentiality, Option<i64>) {
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

/// Refuses what could not be served: a capability that takes sealed requests only, and no key to seal to.
///
/// # Errors
///
/// `confidential_required_without_kem_advertise`, as upstream names it, with the capabilities.
pub(crate) fn check_confidential(
    capabilities: &[Capability],
    kem_advertise: bool,
) -> Result<(), String> {
    let required: Vec<String> = capabilities
        .iter()
        .filter(|c| c.confidential == Some(Confidential::Required) && !kem_advertise)
        .map(|c| format!("`{}` version {}", c.name, c.version))
        .collect();
    match required.as_slice() {
        [] => Ok(()),
        names => Err(format!(
            "{} would refuse every call, as no caller could seal to this \
             node; set HECATE_KEM_ADVERTISE=enabled, or make them `confidential = preferred`",
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
    fn a_key_is_named_since_the_process_began_and_never_by_what_is_off() {
        let sealing = Sealing::begin(true);
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
            assert_eq!(sealing.of(&capability(confidential)), expected);
        }
        let off = Sealing::begin(false).of(&capability(None));
        assert_eq!(off, (Confidentiality::Preferred, None));
    }

    #[test]
    fn the_built_in_ones_name_a_key_and_answer_in_the_clear_for_ever() {
        let sealing = Sealing::begin(true);
        for name in ["info", "acme.describe_capabilities"] {
            let builtin = Capability::new(name, unanswered);
            let (confidential, since) = sealing.of(&builtin);
            assert_eq!(confidential, Confidentiality::Preferred, "{}", builtin.name);
            assert_eq!(since, Some(NEVER_MS), "{}", builtin.name);
        }
    }

    #[test]
    fn required_without_a_key_is_refused_and_the_capabilities_named() {
        let required = capability(Some(Confidential::Required));
        let all = [capability(None), required];
        assert_eq!(check_confidential(&all, true), Ok(()));
        assert_eq!(check_confidential(&all[..1], false), Ok(()));
        let refused = check_confidential(&all, false).unwrap_err();
        assert!(refused.starts_with("`acme.run` version 1 "));
    }
}
