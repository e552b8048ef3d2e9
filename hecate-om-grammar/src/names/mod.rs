//! Validated names, and how a capability is named on the wire.
//!
//! Organisations, services and the segments of a capability's name match `^[a-z0-9][a-z0-9._-]*$`,
//! as stations and hecate-om (Erlang) require of organisations. A procedure is `<org>/<name>`, with
//! the organisation before the first `/`, and at most [`MAX_PROCEDURE_BYTES`] long.
//!
//! The wire has no field for a version. Version 1 of a capability has its plain name there, and
//! each later version `N` has the suffix `_v<N>` ([`procedure`]). So a capability's name cannot end
//! in `_v<digits>`: `echo.say_v2` would be ambiguous.

mod error;
mod segment;
#[cfg(test)]
mod tests;
mod topic;

use std::fmt;
use std::str::FromStr;

pub use error::NameError;

/// The longest procedure, in bytes.
pub const MAX_PROCEDURE_BYTES: usize = 512;

/// The longest topic, in bytes.
pub const MAX_TOPIC_BYTES: usize = 512;

/// Names of the capabilities that every service has. Handlers cannot use them, nor names that end
/// in `.describe_capabilities` or `.shared_schedule`; see [`is_reserved`].
pub const RESERVED: [&str; 4] = ["info", "describe_capabilities", "get_limits", "set_limits"];

/// Returns whether the runtime itself serves the capability `name`.
///
/// ```
/// use hecate_om_grammar::names::is_reserved;
///
/// assert!(is_reserved("info"));
/// assert!(is_reserved("hecate-echo.describe_capabilities"));
/// assert!(!is_reserved("echo.info"));
/// ```
#[must_use]
pub fn is_reserved(name: &str) -> bool {
    let suffixes = [".describe_capabilities", ".shared_schedule"];
    RESERVED.contains(&name) || suffixes.iter().any(|suffix| name.ends_with(suffix))
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $check:path) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// Returns the name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = NameError;

            fn try_from(text: String) -> Result<Self, NameError> {
                $check(&text)?;
                Ok(Self(text))
            }
        }

        impl FromStr for $name {
            type Err = NameError;

            fn from_str(text: &str) -> Result<Self, NameError> {
                Self::try_from(text.to_owned())
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

name! {
    /// An organisation: the part of a procedure before the first `/`.
    OrgName, segment::org
}

name! {
    /// The name of a service, which is also the name of its image and its unit, and by default of
    /// its organisation.
    ServiceName, segment::service
}

name! {
    /// The name of a capability within its organisation, `rag.embed` or `corpora/list`.
    CapabilityName, segment::capability
}

name! {
    /// The topic of facts of one kind, `acme/shop/order_placed_v1`: segments between slashes, the
    /// last of which ends in the version of the fact. Ids belong into the fact, not into its topic.
    ///
    /// As in hecate-om (Erlang), a topic without a slash (`denials_observed`) needs no version, the
    /// segments `_org` and `_realm` are allowed, and a topic that starts with `_` belongs to the
    /// mesh and can have any form.
    ///
    /// ```
    /// use hecate_om_grammar::names::Topic;
    ///
    /// assert!("acme/shop/order_placed_v1".parse::<Topic>().is_ok());
    /// assert!("acme/shop/order_placed".parse::<Topic>().is_err());
    /// ```
    Topic, topic::check
}

impl CapabilityName {
    /// Returns whether the runtime itself serves a capability of this name (see [`RESERVED`]).
    #[must_use]
    pub fn is_reserved(&self) -> bool {
        is_reserved(&self.0)
    }
}

/// Returns whether callers can use `text` as a procedure, `<org>/<name>`. Services of other
/// frameworks may use other characters than [`CapabilityName`] allows.
#[must_use]
pub fn is_procedure(text: &str) -> bool {
    text.len() <= MAX_PROCEDURE_BYTES
        && text
            .split_once('/')
            .is_some_and(|(org, name)| !org.is_empty() && org != "_" && !name.is_empty())
}

/// Returns the procedure of a capability: `<org>/<name>` for version 1, `<org>/<name>_v<N>` for
/// later ones.
///
/// ```
/// use hecate_om_grammar::names::procedure;
///
/// assert_eq!(procedure("hecate-echo", "echo.say", 1), "hecate-echo/echo.say");
/// assert_eq!(procedure("hecate-echo", "echo.say", 2), "hecate-echo/echo.say_v2");
/// ```
#[must_use]
pub fn procedure(org: &str, name: &str, version: u32) -> String {
    if version <= 1 {
        format!("{org}/{name}")
    } else {
        format!("{org}/{name}_v{version}")
    }
}
