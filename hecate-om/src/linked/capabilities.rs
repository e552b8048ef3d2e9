//! The capabilities of this binary, sorted.

use hecate_om_manifest::is_reserved;

use super::{CAPABILITIES, HandlerScope};
use crate::capability::Capability;

/// Returns the linked capabilities of these packages, sorted by name and version because the
/// linker's order differs between builds.
pub(crate) fn linked(scope: &HandlerScope) -> Vec<Capability> {
    let mut linked: Vec<Capability> = CAPABILITIES
        .iter()
        .filter(|capability| scope.contains(capability.package))
        .copied()
        .collect();
    linked.sort_by_key(|c| (c.name, c.version, c.location));
    linked
}

/// Refuses a capability with the name of a built-in capability. The attribute refuses it, too, but
/// a binary may link a crate that was built with another version of the attribute.
pub(crate) fn reserved(linked: &[Capability]) -> Result<(), String> {
    match linked.iter().find(|c| is_reserved(c.name)) {
        None => Ok(()),
        Some(c) => Err(format!(
            "`{}` ({}, {}) is a name that the runtime answers itself; give the capability another",
            c.name, c.package, c.location
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capability::{HandlerFuture, Invocation};

    fn capability(name: &'static str, location: &'static str) -> Capability {
        fn invoke(_: Invocation) -> HandlerFuture {
            HandlerFuture::new(async { Ok(crate::codec::Payload::default()) })
        }
        Capability {
            location,
            ..Capability::new(name, invoke)
        }
    }

    #[test]
    fn a_reserved_name_is_refused_with_its_location() {
        assert_eq!(reserved(&[capability("a", "src/x.rs:1")]), Ok(()));
        for name in ["info", "get_limits", "a.describe_capabilities"] {
            let text = reserved(&[capability(name, "src/x.rs:1")]).unwrap_err();
            assert!(text.contains(name) && text.contains("src/x.rs:1"), "{text}");
        }
    }
}
