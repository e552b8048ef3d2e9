//! Client of `hecate-odd` 1.2.3: call its capabilities with `mesh.call::<some_client::…>(&request)`.
//!
//! Written by `hecate-om client`: run it again instead of editing this file.
/// Capability `2nd-of_all` of `hecate-odd`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum _2nd_of_all {}
impl ::hecate_om::call::Callable for _2nd_of_all {
    const NAME: &'static str = "2nd-of_all";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-odd");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse("true"),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"anyOf\":[{\"format\":\"int64\",\"type\":\"integer\"},{\"items\":{\"type\":\"string\"},\"type\":\"array\"}],\"title\":\"Either\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = ::serde_json::Value;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = definitions::Either;
}
/// Capability `odd.same` of `hecate-odd`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum odd_same {}
impl ::hecate_om::call::Callable for odd_same {
    const NAME: &'static str = "odd.same";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-odd");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"additionalProperties\":false,\"properties\":{\"at\":{\"format\":\"int64\",\"type\":\"integer\"},\"list\":{\"default\":[],\"items\":{\"format\":\"uint8\",\"type\":\"integer\"},\"type\":\"array\"},\"on\":{\"default\":1,\"enum\":[0,1],\"format\":\"boolean\",\"type\":\"integer\"},\"some-key\":{\"type\":[\"string\",\"null\"]},\"type\":{\"default\":\"plain\",\"type\":\"string\"}},\"required\":[\"at\"],\"title\":\"Entry\",\"type\":\"object\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"properties\":{\"at\":{\"format\":\"int64\",\"type\":\"integer\"},\"list\":{\"items\":{\"format\":\"uint8\",\"type\":\"integer\"},\"type\":\"array\"},\"on\":{\"enum\":[0,1],\"format\":\"boolean\",\"type\":\"integer\"},\"some-key\":{\"type\":[\"string\",\"null\"]},\"type\":{\"type\":\"string\"}},\"required\":[\"at\",\"type\",\"on\",\"some-key\",\"list\"],\"title\":\"Entry\",\"type\":\"object\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = definitions::Entry;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = definitions::Entry;
}
/// Capability `other/same` of `hecate-odd`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum other_same {}
impl ::hecate_om::call::Callable for other_same {
    const NAME: &'static str = "other/same";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-odd");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"properties\":{\"quite\":{\"description\":\"Another type of the same name.\",\"type\":\"string\"}},\"required\":[\"quite\"],\"title\":\"Entry\",\"type\":\"object\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$defs\":{\"Entry\":{\"properties\":{\"quite\":{\"description\":\"Another type of the same name.\",\"type\":\"string\"}},\"required\":[\"quite\"],\"type\":\"object\"}},\"additionalProperties\":{\"$ref\":\"#/$defs/Entry\"},\"title\":\"Map_of_Entry\",\"type\":\"object\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = definitions::Entry2;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = ::std::collections::BTreeMap<
        ::std::string::String,
        definitions::Entry2,
    >;
}
/// Named by a word of the language.
///
/// In two paragraphs.
///
/// Capability `type` of `hecate-odd`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum r#type {}
impl ::hecate_om::call::Callable for r#type {
    const NAME: &'static str = "type";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-odd");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"$defs\":{\"Tree\":{\"description\":\"A tree, or a part of one.\",\"properties\":{\"leaf\":{\"format\":\"uuid\",\"maxLength\":36,\"pattern\":\"^x\",\"type\":\"string\"},\"next\":{\"anyOf\":[{\"$ref\":\"#/$defs/Tree\"},{\"type\":\"null\"}]},\"trees\":{\"items\":{\"$ref\":\"#/$defs/Tree\"},\"maxItems\":3,\"minItems\":3,\"type\":\"array\",\"uniqueItems\":true}},\"required\":[\"leaf\",\"trees\",\"next\"],\"type\":\"object\"}},\"$ref\":\"#/$defs/Tree\",\"title\":\"Loop\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"title\":\"null\",\"type\":\"null\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = definitions::Tree;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = ();
}
/// Capability `type` of `hecate-odd`, version 2, unary.
#[deprecated(since = "1.2.0")]
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum type_v2 {}
#[allow(deprecated)]
impl ::hecate_om::call::Callable for type_v2 {
    const NAME: &'static str = "type";
    const VERSION: u32 = 2u32;
    const ORG: Option<&'static str> = Some("hecate-odd");
    const GATED: bool = true;
    const CONFIDENTIAL: bool = true;
    const IDEMPOTENT: bool = true;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || ::hecate_om::call::Schemas::parse(
            "{\"oneOf\":[{\"enum\":[\"none\",\"some-thing\",\"self\"],\"type\":\"string\"},{\"additionalProperties\":false,\"properties\":{\"circle\":{\"properties\":{\"r\":{\"format\":\"float\",\"type\":\"number\"}},\"required\":[\"r\"],\"type\":\"object\"}},\"required\":[\"circle\"],\"type\":\"object\"},{\"additionalProperties\":false,\"properties\":{\"pair\":{\"maxItems\":2,\"minItems\":2,\"prefixItems\":[{\"format\":\"uint8\",\"type\":\"integer\"},{\"type\":\"string\"}],\"type\":\"array\"}},\"required\":[\"pair\"],\"type\":\"object\"}],\"title\":\"Shape\"}",
        ),
        response: || ::hecate_om::call::Schemas::parse(
            "{\"$defs\":{\"Loss\":{\"properties\":{\"sure\":{\"enum\":[0,1],\"format\":\"boolean\",\"type\":\"integer\"},\"why\":{\"enum\":[0,1,null],\"format\":\"boolean\",\"type\":[\"integer\",\"null\"]}},\"required\":[\"sure\",\"why\"],\"type\":\"object\"}},\"oneOf\":[{\"properties\":{\"id\":{\"format\":\"uint\",\"type\":\"integer\"},\"kind\":{\"const\":\"made\",\"type\":\"string\"}},\"required\":[\"kind\",\"id\"],\"type\":\"object\"},{\"$ref\":\"#/$defs/Loss\",\"properties\":{\"kind\":{\"const\":\"lost\",\"type\":\"string\"}},\"required\":[\"kind\"],\"type\":\"object\"}],\"title\":\"Event\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = definitions::Shape;
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = definitions::Event;
}
/// Capability `u32` of `hecate-odd`, version 1, unary.
#[allow(missing_debug_implementations, non_camel_case_types)]
pub enum u32_ {}
impl ::hecate_om::call::Callable for u32_ {
    const NAME: &'static str = "u32";
    const VERSION: u32 = 1u32;
    const ORG: Option<&'static str> = Some("hecate-odd");
    const GATED: bool = false;
    const CONFIDENTIAL: bool = false;
    const IDEMPOTENT: bool = false;
    const SCHEMAS: ::hecate_om::call::Schemas = ::hecate_om::call::Schemas {
        request: || None,
        response: || ::hecate_om::call::Schemas::parse(
            "{\"additionalProperties\":false,\"patternProperties\":{\"^-?\\\\d+$\":{\"format\":\"double\",\"type\":\"number\"}},\"title\":\"Numbers\",\"type\":\"object\"}",
        ),
        inbound: || None,
    };
    type Kind = ::hecate_om::call::kind::Unary;
    type Request = ();
    type Inbound = ::hecate_om::call::kind::NoItems;
    type Response = ::std::collections::BTreeMap<i64, f64>;
}
/// Types of requests and responses, in one module per capability.
///
/// The names in a module do not depend on other capabilities. A type that several
/// capabilities share is one Rust type.
pub mod types {
    /// Types of `2nd-of_all`.
    pub mod _2nd_of_all {
        pub use super::super::definitions::Either;
    }
    /// Types of `odd.same`.
    pub mod odd_same {
        pub use super::super::definitions::Entry;
    }
    /// Types of `other/same`.
    pub mod other_same {
        pub use super::super::definitions::Entry2 as Entry;
    }
    /// Types of `type`.
    pub mod r#type {
        pub use super::super::definitions::Tree;
    }
    /// Types of `type`.
    pub mod type_v2 {
        pub use super::super::definitions::{Event, Loss, Shape};
    }
}
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
    /// `Either`
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    #[serde(untagged)]
    pub enum Either {
        Int64(i64),
        Array(::std::vec::Vec<::std::string::String>),
    }
    impl ::std::convert::From<i64> for Either {
        fn from(value: i64) -> Self {
            Self::Int64(value)
        }
    }
    impl ::std::convert::From<::std::vec::Vec<::std::string::String>> for Either {
        fn from(value: ::std::vec::Vec<::std::string::String>) -> Self {
            Self::Array(value)
        }
    }
    /// `Entry`
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    pub struct Entry {
        pub at: i64,
        #[serde(default, skip_serializing_if = "::std::vec::Vec::is_empty")]
        pub list: ::std::vec::Vec<u8>,
        #[serde(default = "defaults::default_bool::<true>")]
        pub on: bool,
        #[serde(
            rename = "some-key",
            skip_serializing_if = "::std::option::Option::is_none"
        )]
        pub some_key: ::std::option::Option<::std::string::String>,
        #[serde(rename = "type", default = "defaults::entry_type")]
        pub type_: ::std::string::String,
    }
    /// `Entry2`
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    pub struct Entry2 {
        /// Another type of the same name.
        pub quite: ::std::string::String,
    }
    /// `Event`
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    #[serde(tag = "kind")]
    pub enum Event {
        #[serde(rename = "made")]
        Made { id: u64 },
        #[serde(rename = "lost")]
        Lost {
            sure: bool,
            #[serde(deserialize_with = "::std::option::Option::deserialize")]
            why: ::std::option::Option<bool>,
        },
    }
    /// `Loss`
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    pub struct Loss {
        pub sure: bool,
        #[serde(deserialize_with = "::std::option::Option::deserialize")]
        pub why: ::std::option::Option<bool>,
    }
    /// `Shape`
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    pub enum Shape {
        #[serde(rename = "none")]
        None,
        #[serde(rename = "some-thing")]
        SomeThing,
        #[serde(rename = "self")]
        Self_,
        #[serde(rename = "circle")]
        Circle { r: f32 },
        #[serde(rename = "pair")]
        Pair(u8, ::std::string::String),
    }
    impl ::std::convert::From<(u8, ::std::string::String)> for Shape {
        fn from(value: (u8, ::std::string::String)) -> Self {
            Self::Pair(value.0, value.1)
        }
    }
    /// A tree, or a part of one.
    #[derive(::serde::Deserialize, ::serde::Serialize, Clone, Debug, PartialEq)]
    pub struct Tree {
        pub leaf: ::std::string::String,
        #[serde(deserialize_with = "::std::option::Option::deserialize")]
        pub next: ::std::option::Option<::std::boxed::Box<Tree>>,
        pub trees: ::std::vec::Vec<Tree>,
    }
    /// Generation of default values for serde.
    pub mod defaults {
        pub(super) fn default_bool<const V: bool>() -> bool {
            V
        }
        pub(super) fn entry_type() -> ::std::string::String {
            "plain".to_string()
        }
    }
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
