//! Enums, and structs that flatten them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::structs::{Odd, Point};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
/// One variant of each kind.
pub(crate) enum External {
    /// A unit variant.
    Unit,
    New(u8),
    Tuple(u8, String),
    Struct {
        user_id: u8,
        odd: Odd,
    },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[allow(non_camel_case_types)]
#[serde(rename_all_fields = "camelCase")]
pub(crate) enum Alike {
    #[serde(rename = "userId")]
    UserId(u8),
    #[serde(rename = "user_id")]
    User_Id(u8),
    #[serde(rename = "user-id")]
    Dashed { a: u8 },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) enum Lonely {
    Only { a: u8 },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind")]
pub(crate) enum Internal {
    Unit,
    Struct { at: u64, inner: Odd },
    New(Point),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "@type")]
pub(crate) enum InternalOdd {
    #[serde(rename = "=")]
    Equal,
    #[serde(rename = "text")]
    Text { text: String },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "t", content = "c")]
pub(crate) enum Adjacent {
    Unit,
    New(u8),
    Struct { a: u8 },
    Tuple(u8, u8),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum Untagged {
    Flag(bool),
    Text(String),
    Point(Point),
    Many { list: Vec<Odd> },
    Null,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum Overlapping {
    Both { a: u8, b: u8 },
    One { a: u8 },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) enum Choice {
    This(Odd),
    That { x: u8 },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct FlattenedExternal {
    pub(crate) id: u8,
    #[serde(flatten)]
    pub(crate) choice: Choice,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct FlattenedInternal {
    pub(crate) id: u8,
    #[serde(flatten)]
    pub(crate) event: Internal,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct FlattenedUntagged {
    pub(crate) id: u8,
    #[serde(flatten)]
    pub(crate) either: Overlapping,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct FlattenedTwice {
    #[serde(flatten)]
    pub(crate) choice: Choice,
    #[serde(flatten)]
    pub(crate) event: Internal,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Inlined {
    pub(crate) kind: Inner,
    pub(crate) other: InlinedKind,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub(crate) enum Inner {
    A { deep: InlinedKind },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub(crate) struct InlinedKind {
    pub(crate) x: u8,
}
