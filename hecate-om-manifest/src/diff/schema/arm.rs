//! One alternative of a location: keywords that apply together, for one kind of value.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::keywords;
use super::number::Number;
use super::parts::{Object, Parts, addresses, list, references};
use super::work::{Exhausted, WorkBudget};

/// Kind of value that an alternative describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum ValueKind {
    Any,
    Null,
    Boolean,
    Number,
    Text,
    List,
    Object,
}

impl ValueKind {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Any => "anything",
            Self::Null => "null",
            Self::Boolean => "a boolean",
            Self::Number => "a number",
            Self::Text => "text",
            Self::List => "a list",
            Self::Object => "an object",
        }
    }

    fn from_value(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(_) => Self::Boolean,
            Value::Number(_) => Self::Number,
            Value::String(_) => Self::Text,
            Value::Array(_) => Self::List,
            Value::Object(_) => Self::Object,
        }
    }
}

/// Identity of an alternative within its document.
pub(super) type Identity = (Vec<usize>, ValueKind, bool);

/// Allowed values of an alternative, by their JSON text.
pub(super) type AllowedValues<'a> = BTreeMap<String, &'a Value>;

#[derive(Debug)]
pub(super) struct Arm<'a> {
    pub(super) kind: ValueKind,
    /// Whether only whole numbers are allowed.
    pub(super) is_integer: bool,
    /// The allowed values, if they are listed.
    pub(super) values: Option<AllowedValues<'a>>,
    /// References without a target in the document.
    pub(super) unknown: BTreeSet<&'a str>,
    /// The names of the fields.
    pub(super) names: BTreeSet<&'a str>,
    parts: Parts<'a>,
}

impl<'a> Arm<'a> {
    /// Returns the alternatives of keywords that apply together: one per type.
    pub(super) fn from_parts(
        parts: &Parts<'a>,
        is_unknown: impl Fn(&str) -> bool,
        work: &mut WorkBudget,
    ) -> Result<Vec<Self>, Exhausted> {
        work.spend(1 + parts.len())?;
        let unknown: BTreeSet<&str> = parts
            .iter()
            .flat_map(|part| references(part))
            .filter(|reference| is_unknown(reference))
            .collect();
        let values = values(parts, work)?;
        let is_flag = parts
            .iter()
            .any(|part| part.get("format").is_some_and(|format| format == "boolean"));
        let kinds = match types(parts) {
            Some(types) => types.into_iter().map(|name| kind(name, is_flag)).collect(),
            None => match &values {
                Some(values) => values
                    .values()
                    .map(|value| (ValueKind::from_value(value), false))
                    .collect(),
                None => BTreeSet::from([(implied(parts), false)]),
            },
        };
        let fields = parts.iter().filter_map(|part| part.get("properties"));
        let names: BTreeSet<&str> = schemas_by_name(fields).into_keys().collect();
        work.spend(names.len())?;
        let mut arms = Vec::new();
        for (kind, is_integer) in kinds {
            let values = match &values {
                Some(values) => {
                    work.spend(values.len())?;
                    Some(of_kind(values, kind, is_integer))
                }
                None if kind == ValueKind::Boolean => Some(AllowedValues::from([
                    ("0".to_owned(), &Value::Bool(false)),
                    ("1".to_owned(), &Value::Bool(true)),
                ])),
                None if kind == ValueKind::Null => {
                    Some(AllowedValues::from([("null".to_owned(), &Value::Null)]))
                }
                None => None,
            };
            // An empty list of values allows nothing.
            if values.as_ref().is_none_or(|values| !values.is_empty()) {
                arms.push(Self {
                    kind,
                    is_integer,
                    values,
                    unknown: unknown.clone(),
                    names: names.clone(),
                    parts: Parts::clone(parts),
                });
            }
        }
        Ok(arms)
    }

    pub(super) fn identity(&self) -> Identity {
        (addresses(&self.parts), self.kind, self.is_integer)
    }

    /// Returns the number of keywords to compare.
    pub(super) fn size(&self) -> usize {
        self.parts.iter().map(|part| 1 + part.len()).sum()
    }

    /// Returns whether no keyword restricts it.
    pub(super) fn is_unconfined(&self) -> bool {
        self.kind == ValueKind::Any
            && self
                .parts
                .iter()
                .all(|part| !part.keys().any(|key| keywords::confines(key)))
            && self.unknown.is_empty()
    }

    /// Returns the values of a keyword in all parts.
    pub(super) fn all(&self, key: &'static str) -> impl Iterator<Item = &'a Value> {
        self.parts.iter().filter_map(move |part| part.get(key))
    }

    pub(super) fn nodes(&self, key: &'static str) -> Vec<&'a Value> {
        self.all(key).collect()
    }

    pub(super) fn texts(&self, key: &'static str) -> BTreeSet<&'a str> {
        self.all(key).filter_map(Value::as_str).collect()
    }

    pub(super) fn has(&self, key: &'static str) -> bool {
        self.all(key).next().is_some()
    }

    pub(super) fn parts(&self) -> impl Iterator<Item = &'a Object> {
        self.parts.iter().copied()
    }

    /// Returns the smallest number under a keyword.
    pub(super) fn least(&self, key: &'static str) -> Option<Number> {
        self.all(key)
            .filter_map(Number::from_value)
            .reduce(|a, b| if b < a { b } else { a })
    }

    pub(super) fn most(&self, key: &'static str) -> Option<Number> {
        self.all(key)
            .filter_map(Number::from_value)
            .reduce(|a, b| if b > a { b } else { a })
    }

    /// Returns the fields by name, with their schemas; an empty list if only their presence is
    /// described.
    pub(super) fn fields(&self) -> BTreeMap<&'a str, Vec<&'a Value>> {
        let mut fields = schemas_by_name(self.all("properties"));
        for name in self.required() {
            fields.entry(name).or_default();
        }
        fields
    }

    pub(super) fn required(&self) -> BTreeSet<&'a str> {
        let all = self.parts().flat_map(|part| list(part, "required"));
        all.filter_map(Value::as_str).collect()
    }

    /// Returns the schemas of fields that are not named: `additionalProperties`, and
    /// `unevaluatedProperties`, which describes serde's flattened structs.
    pub(super) fn others(&self) -> Vec<&'a Value> {
        let all = self.all("additionalProperties");
        let all = all.chain(self.all("unevaluatedProperties"));
        all.filter(|schema| !is_anything(schema)).collect()
    }

    /// Returns whether fields that are not named are refused.
    pub(super) fn is_closed(&self) -> bool {
        self.others().contains(&&Value::Bool(false))
    }
}

pub(super) fn is_anything(schema: &Value) -> bool {
    match schema {
        Value::Object(object) => object.is_empty(),
        other => *other != Value::Bool(false),
    }
}

/// Collects the schemas of several objects, by name.
pub(super) fn schemas_by_name<'a>(
    all: impl Iterator<Item = &'a Value>,
) -> BTreeMap<&'a str, Vec<&'a Value>> {
    let mut named: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
    for (name, schema) in all.filter_map(Value::as_object).flatten() {
        named.entry(name).or_default().push(schema);
    }
    named
}

/// Returns the types that all parts allow; `None` if no part restricts them.
fn types<'a>(parts: &[&'a Object]) -> Option<BTreeSet<&'a str>> {
    let mut all: Option<BTreeSet<&str>> = None;
    for types in parts.iter().filter_map(|part| part.get("type")) {
        let types: BTreeSet<&str> = match types {
            Value::String(name) => [name.as_str()].into(),
            Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
            _ => continue,
        };
        all = Some(match all {
            Some(others) => both(&others, &types),
            None => types,
        });
    }
    all
}

/// Returns the types in both lists. A whole number is also a number.
fn both<'a>(some: &BTreeSet<&'a str>, others: &BTreeSet<&'a str>) -> BTreeSet<&'a str> {
    let mut both: BTreeSet<&str> = some & others;
    let has = |all: &BTreeSet<&str>, name| all.contains(name);
    for (a, b) in [(some, others), (others, some)] {
        if has(a, "integer") && has(b, "number") {
            both.insert("integer");
        }
    }
    both
}

fn kind(name: &str, is_flag: bool) -> (ValueKind, bool) {
    match name {
        "null" => (ValueKind::Null, false),
        "boolean" => (ValueKind::Boolean, false),
        "integer" | "number" if is_flag => (ValueKind::Boolean, false),
        "integer" => (ValueKind::Number, true),
        "number" => (ValueKind::Number, false),
        "string" => (ValueKind::Text, false),
        "array" => (ValueKind::List, false),
        "object" => (ValueKind::Object, false),
        _ => (ValueKind::Any, false),
    }
}

/// Returns the type that the other keywords imply: the one that all of them concern.
fn implied(parts: &[&Object]) -> ValueKind {
    let families = [
        (ValueKind::Object, &keywords::OBJECT[..]),
        (ValueKind::List, &keywords::LIST),
        (ValueKind::Text, &keywords::TEXT),
        (ValueKind::Number, &keywords::NUMBER),
    ];
    let has = |words: &[&str]| {
        let mut keys = parts.iter().flat_map(|part| part.keys());
        keys.any(|key| words.contains(&key.as_str()))
    };
    let mut implied = families.into_iter().filter(|(_, words)| has(words));
    match (implied.next(), implied.next()) {
        (Some((kind, _)), None) => kind,
        _ => ValueKind::Any,
    }
}

/// Returns the values that all parts allow by `const` and `enum`; `None` if no part lists any.
fn values<'a>(
    parts: &[&'a Object],
    work: &mut WorkBudget,
) -> Result<Option<AllowedValues<'a>>, Exhausted> {
    let mut all: Option<AllowedValues<'a>> = None;
    for part in parts {
        let one = part.get("const").map(std::slice::from_ref);
        let several = part.get("enum").and_then(Value::as_array);
        for listed in one.into_iter().chain(several.map(Vec::as_slice)) {
            let mut values = AllowedValues::new();
            for value in listed {
                let text = text(value);
                work.spend(1 + text.len() / 8)?;
                values.insert(text, value);
            }
            if let Some(others) = &all {
                values.retain(|text, _| others.contains_key(text));
            }
            all = Some(values);
        }
    }
    Ok(all)
}

/// Returns the values of a kind; the booleans are 0 and 1, as on the wire.
fn of_kind<'a>(values: &AllowedValues<'a>, kind: ValueKind, is_integer: bool) -> AllowedValues<'a> {
    let fits = |value: &Value| match (kind, value) {
        (ValueKind::Any, _) => true,
        (ValueKind::Boolean, Value::Number(number)) => matches!(number.as_u64(), Some(0 | 1)),
        (ValueKind::Number, Value::Number(_)) => {
            !is_integer || Number::from_value(value).is_some_and(|number| number.is_whole())
        }
        _ => ValueKind::from_value(value) == kind,
    };
    let fitting = values.iter().filter(|(_, value)| fits(value));
    fitting
        .map(|(text, value)| match (kind, value) {
            (ValueKind::Boolean, Value::Bool(yes)) => (u8::from(*yes).to_string(), *value),
            _ => (text.clone(), *value),
        })
        .collect()
}

/// Returns the canonical JSON text of a value: `1` and `1.0` are equal, and so are objects in any
/// order.
fn text(value: &Value) -> String {
    match value {
        Value::Number(_) => {
            Number::from_value(value).map_or_else(|| value.to_string(), |n| n.to_string())
        }
        Value::Array(_) | Value::Object(_) => {
            let mut sorted = value.clone();
            sorted.sort_all_objects();
            sorted.to_string()
        }
        _ => value.to_string(),
    }
}
