//! Client of `hecate-echo` 0.1.0: call its capabilities with `mesh.call::<some_client::…>(&request)`.
//!
//! Written by `hecate-om client`: run it again instead of editing this file.
/// Capability `echo.say` of `hecate-echo`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum echo_say {}
impl ::hecate_om::call::Callable for echo_say {
    const NAME: &'static str = "echo.say";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-echo");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"title\":\"string\",\"type\":\"string\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"title\":\"string\",\"type\":\"string\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = ::std::string::String;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = ::std::string::String;
}
/// Types of requests and responses, in one module per capability.
///
/// The names in a module do not depend on other capabilities. A type that several
/// capabilities share is one Rust type.
pub mod types {}
mod definitions {
    #![allow(
        clippy::all,
        dead_code,
        missing_docs,
        unreachable_pub,
        unused_qualifications,
        elided_lifetimes_in_paths,
        irrefutable_let_patterns
    )]
    /// Error types.
    pub mod error {
        /// Error from a `TryFrom` or `FromStr` implementation.
        pub struct ConversionError(::std::borrow::Cow<'static, str>);
        impl ::std::error::Error for ConversionError {}
        impl ::std::fmt::Display for ConversionError {
            fn fmt(
                &self,
                f: &mut ::std::fmt::Formatter<'_>,
            ) -> Result<(), ::std::fmt::Error> {
                ::std::fmt::Display::fmt(&self.0, f)
            }
        }
        impl ::std::fmt::Debug for ConversionError {
            fn fmt(
                &self,
                f: &mut ::std::fmt::Formatter<'_>,
            ) -> Result<(), ::std::fmt::Error> {
                ::std::fmt::Debug::fmt(&self.0, f)
            }
        }
        impl From<&'static str> for ConversionError {
            fn from(value: &'static str) -> Self {
                Self(value.into())
            }
        }
        impl From<String> for ConversionError {
            fn from(value: String) -> Self {
                Self(value.into())
            }
        }
    }
}
