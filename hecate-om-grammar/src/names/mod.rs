//! Validated names, and how a capability is spelled on the wire.
//!
//! Organisations, services and the segments of a capability's name share one alphabet, the one the
//! wire's stations and the ancestor apply to an organisation: `^[a-z0-9][a-z0-9._-]*$`. A procedure
//! is `<org>/<name>`, everything before the first `/` being the organisation, and at most
//! [`MAX_PROCEDURE_BYTES`] long.
//!
//! The wire carries no version. Version 1 of a capability is called by its plain name, version `N`
//! above 1 by the name with `_v<N>` appended ([`procedure`]), which is why no capability name may
//! end in `_v<digits>` itself: `echo.say_v2` would be two capabilities at once.

mod error;
mod segment;
#[cfg(test)]
mod tests;
mod topic;

use std::fmt;
use std::str::FromStr;

pub use error::NameError;

/// The longest procedure the wire carries, in bytes of text.
pub const MAX_PROCEDURE_BYTES: usize = 512;

/// The longest topic the wire carries, in bytes of text.
pub const MAX_TOPIC_BYTES: usize = 512;

/// Names every service answers by itself, so no handler may take them.
///
/// `<anything>.describe_capabilities` is reserved too: it is how a service describes itself under
/// its own name. [`is_reserved`] knows both.
pub const RESERVED: [&str; 4] = ["info", "describe_capabilities", "get_limits", "set_limits"];

/// Whether the runtime answers the capability `name` itself (see [`RESERVED`]).
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
    RESERVED.contains(&name) || name.ends_with(".describe_capabilities")
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $check:path) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// The name as text.
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
    /// The namespace a service advertises in: the part of a procedure before the first `/`.
    OrgName, segment::org
}

name! {
    /// The name of a service, which is also its image's, its unit's and, by default, its
    /// organisation on the mesh.
    ServiceName, segment::service
}

name! {
    /// What a capability is called within its organisation, `rag.embed` or `corpora/list`.
    CapabilityName, segment::capability
}

name! {
    /// What a kind of fact is called, `acme/shop/order_placed_v1`: parts between slashes in the alphabet of the
    /// other names, the last of them with the fact's version. Ids go into the fact, not into its topic.
    ///
    /// A name without a slash (`denials_observed`) needs no version, the parts `_org` and `_realm` stand where
    /// an app and an organisation do, and a topic that begins with `_` is the mesh's own and of any form; so the
    /// ancestor has them.
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
    /// Whether the runtime answers this name itself (see [`RESERVED`]).
    #[must_use]
    pub fn is_reserved(&self) -> bool {
        is_reserved(&self.0)
    }
}

/// Whether callers can name a procedure so: `<org>/<name>`, as services of other frameworks may spell
/// both.
#[must_use]
pub fn is_procedure(text: &str) -> bool {
    text.len() <= MAX_PROCEDURE_BYTES
        && text
            .split_once('/')
            .is_some_and(|(org, name)| !org.is_empty() && org != "_" && !name.is_empty())
}

/// The procedure callers use: `<org>/<name>` for version 1, `<org>/<name>_v<N>` above.
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
