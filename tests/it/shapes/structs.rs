//! Structs, and enums without data.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Unit;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Empty {}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Id(pub(crate) u32);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Tuple(pub(crate) u8, pub(crate) String, pub(crate) Odd);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Point {
    pub(crate) x: u8,
    pub(crate) y: u8,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub(crate) enum Odd {
    #[serde(rename = "=")]
    Equal,
    #[serde(rename = ">")]
    Greater,
    #[serde(rename = "<")]
    Less,
    #[serde(rename = "!=")]
    NotEqual,
    #[serde(rename = "+")]
    Plus,
    #[serde(rename = "-")]
    Minus,
    #[serde(rename = "1")]
    One,
    #[serde(rename = "-1")]
    MinusOne,
    #[serde(rename = "+1")]
    PlusOne,
    #[serde(rename = ".")]
    Dot,
    #[serde(rename = "")]
    Empty,
    #[serde(rename = " ")]
    Space,
    #[serde(rename = "self")]
    Self_,
    #[serde(rename = "Self")]
    SelfType,
    #[serde(rename = "Default")]
    Default,
    #[serde(rename = "Error")]
    Error,
    #[serde(rename = "Err")]
    Err,
    #[serde(rename = "type")]
    Type,
    #[serde(rename = "crate")]
    Crate,
    #[serde(rename = "日本")]
    Unicode,
    #[serde(rename = "中国")]
    Unicode2,
    #[serde(rename = "userId")]
    UserId,
    #[serde(rename = "user_id")]
    UserId2,
    #[serde(rename = "user-id")]
    UserId3,
    #[serde(rename = "\"]\n[dependencies]")]
    Quote,
    #[serde(rename = "*/")]
    Comment,
    #[serde(rename = "\"#")]
    Hash,
}

impl Odd {
    pub(crate) const ALL: [Self; 27] = [
        Self::Equal,
        Self::Greater,
        Self::Less,
        Self::NotEqual,
        Self::Plus,
        Self::Minus,
        Self::One,
        Self::MinusOne,
        Self::PlusOne,
        Self::Dot,
        Self::Empty,
        Self::Space,
        Self::Self_,
        Self::SelfType,
        Self::Default,
        Self::Error,
        Self::Err,
        Self::Type,
        Self::Crate,
        Self::Unicode,
        Self::Unicode2,
        Self::UserId,
        Self::UserId2,
        Self::UserId3,
        Self::Quote,
        Self::Comment,
        Self::Hash,
    ];
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct User {
    #[serde(rename = "userId")]
    pub(crate) camel: u8,
    #[serde(rename = "user_id")]
    pub(crate) snake: u8,
    #[serde(rename = "user-id")]
    pub(crate) kebab: u8,
    #[serde(rename = "UserId")]
    pub(crate) pascal: u8,
    #[serde(rename = "user.id")]
    pub(crate) dotted: u8,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Keywords {
    pub(crate) r#type: u8,
    pub(crate) type_: u8,
    #[serde(rename = "self")]
    pub(crate) of_self: u8,
    #[serde(rename = "Self")]
    pub(crate) of_type: u8,
    pub(crate) r#fn: Option<u8>,
    #[serde(rename = "$ref")]
    pub(crate) reference: u8,
    #[serde(rename = "")]
    pub(crate) empty: u8,
    #[serde(rename = "日本")]
    pub(crate) unicode: u8,
    #[serde(rename = "2nd")]
    pub(crate) second: u8,
    pub(crate) properties: u8,
    pub(crate) required: u8,
    pub(crate) title: u8,
    pub(crate) default: u8,
    pub(crate) description: String,
    pub(crate) r#enum: String,
    pub(crate) r#const: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Extras {
    pub(crate) extra: u8,
    #[serde(flatten)]
    pub(crate) others: BTreeMap<String, u8>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct Defaults {
    pub(crate) flag: bool,
    pub(crate) number: i8,
    pub(crate) large: u64,
    pub(crate) text: String,
    pub(crate) list: Vec<u8>,
    pub(crate) full: Vec<u8>,
    pub(crate) odd: Odd,
    pub(crate) point: Point,
    pub(crate) option: Option<u8>,
    pub(crate) map: BTreeMap<String, u8>,
}

impl Default for Defaults {
    fn default() -> Self {
        Self {
            flag: true,
            number: -128,
            large: u64::MAX >> 1,
            text: "a\"b".into(),
            list: Vec::new(),
            full: vec![1],
            odd: Odd::Plus,
            point: Point { x: 1, y: 2 },
            option: Some(1),
            map: BTreeMap::new(),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Sparse {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) note: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) list: Vec<u8>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Strict {
    pub(crate) only: u8,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Flattened {
    pub(crate) id: u8,
    #[serde(flatten)]
    pub(crate) point: Point,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Page<{T}>")]
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    pub(crate) next: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Pages {
    pub(crate) points: Page<Point>,
    pub(crate) texts: Page<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Prelude {
    pub(crate) result: named::Result,
    pub(crate) option: named::Option,
    pub(crate) vec: named::Vec,
}

/// Types with the same names as types in the prelude.
pub(crate) mod named {
    use schemars::JsonSchema;
    use serde::{Deserialize, Serialize};

    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
    pub(crate) struct Result {
        pub(crate) ok: u8,
    }

    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
    pub(crate) enum Option {
        Some,
        None,
    }

    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
    pub(crate) struct Vec {
        pub(crate) string: String,
    }

    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
    pub(crate) struct String(pub(crate) u8);
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
/// "]
/// */ fn main() {} /*
/// ```
/// evil()
pub(crate) struct Hostile {
    /// "]
    #[serde(rename = "\"]\n[dependencies]\nevil = 1")]
    pub(crate) quote: u8,
    /// */
    #[serde(rename = "*/")]
    pub(crate) close: u8,
    #[serde(rename = "\u{1b}[31m\u{202e}")]
    pub(crate) escape: u8,
}
