//! A schema as the alternatives it allows, whatever the keywords that say so.
//!
//! `$ref`, `allOf` and keywords beside them hold together; `anyOf`, `oneOf` and a list of types are
//! alternatives. Nothing is copied, so that the parts of a schema that refers to itself are the same
//! parts on every round, by which it is known that they have been seen.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

type Object = Map<String, Value>;

/// How many alternatives are told apart: more than people write, and a bound on what a stranger may.
const MAX_BRANCHES: usize = 512;

/// How deep `$ref`, `allOf` and alternatives may be nested in one place.
const MAX_NESTING: usize = 64;

/// One way a value may look: keywords that hold together, those on top first.
#[derive(Debug, Clone, Default)]
pub(super) struct Branch<'a> {
    parts: Vec<&'a Object>,
    /// The one type of a list of types that this branch is about.
    chosen: Option<&'a str>,
}

/// What kind of value a branch is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Any,
    Null,
    Boolean,
    Number,
    Text,
    List,
    Object,
}

impl Kind {
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
}

/// The alternatives of the schema at `node` of the document `root`; none where it allows nothing.
pub(super) fn branches<'a>(root: &'a Value, node: &'a Value) -> Vec<Branch<'a>> {
    let mut done = Vec::new();
    let mut open = Opened {
        root,
        done: &mut done,
    };
    open.node(node, Branch::default(), &[], MAX_NESTING);
    done
}

struct Opened<'a, 'd> {
    root: &'a Value,
    done: &'d mut Vec<Branch<'a>>,
}

impl<'a> Opened<'a, '_> {
    /// Adds `node` to what holds in `branch`; `then` are the nodes that hold beside it, not yet looked at.
    fn node(
        &mut self,
        node: &'a Value,
        mut branch: Branch<'a>,
        then: &[&'a Value],
        nesting: usize,
    ) {
        if self.done.len() >= MAX_BRANCHES || *node == Value::Bool(false) {
            return;
        }
        let Some(object) = node.as_object().filter(|_| nesting > 0) else {
            return self.rest(branch, then, nesting);
        };
        // A schema that is nothing but a reference to itself allows what it allows without it.
        if branch.parts.iter().any(|part| std::ptr::eq(*part, object)) {
            return self.rest(branch, then, nesting);
        }
        branch.parts.push(object);
        let mut together: Vec<&'a Value> = Vec::new();
        together.extend(object.get("$ref").and_then(|at| target(self.root, at)));
        together.extend(list(object, "allOf"));
        together.extend(then);
        let either = ["anyOf", "oneOf"].map(|key| object.get(key).and_then(Value::as_array));
        match either {
            [Some(one), Some(other)] => {
                for (a, b) in one.iter().flat_map(|a| other.iter().map(move |b| (a, b))) {
                    let then = [&[b], together.as_slice()].concat();
                    self.node(a, branch.clone(), &then, nesting - 1);
                }
            }
            [Some(alternatives), None] | [None, Some(alternatives)] => {
                for alternative in alternatives {
                    self.node(alternative, branch.clone(), &together, nesting - 1);
                }
            }
            [None, None] => self.rest(branch, &together, nesting),
        }
    }

    fn rest(&mut self, branch: Branch<'a>, then: &[&'a Value], nesting: usize) {
        match then {
            [next, then @ ..] => self.node(next, branch, then, nesting.saturating_sub(1)),
            [] => self.typed(branch),
        }
    }

    /// One branch for each type of a list of types.
    fn typed(&mut self, branch: Branch<'a>) {
        let lists = branch
            .parts
            .iter()
            .filter_map(|part| part.get("type")?.as_array());
        let Some(types) = lists.min_by_key(|types| types.len()) else {
            return self.done.push(branch);
        };
        let types: Vec<&'a str> = types.iter().filter_map(Value::as_str).collect();
        self.done.extend(types.into_iter().map(|chosen| Branch {
            parts: branch.parts.clone(),
            chosen: Some(chosen),
        }));
    }
}

/// What `#/$defs/Name` stands for.
fn target<'a>(root: &'a Value, at: &Value) -> Option<&'a Value> {
    root.pointer(at.as_str()?.strip_prefix('#')?)
}

fn list<'a>(object: &'a Object, key: &str) -> impl Iterator<Item = &'a Value> {
    object
        .get(key)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

impl<'a> Branch<'a> {
    /// What tells this branch from all others of the document.
    pub(super) fn identity(&self) -> (Vec<usize>, Option<&'a str>) {
        let parts = self
            .parts
            .iter()
            .map(|part| std::ptr::from_ref(*part).addr());
        (parts.collect(), self.chosen)
    }

    pub(super) fn get(&self, key: &str) -> Option<&'a Value> {
        self.parts.iter().find_map(|part| part.get(key))
    }

    pub(super) fn text(&self, key: &str) -> Option<&'a str> {
        self.get(key)?.as_str()
    }

    pub(super) fn kind(&self) -> Kind {
        let named = self.chosen.or_else(|| self.text("type"));
        let is_flag = self.text("format") == Some("boolean");
        match named {
            Some("null") => Kind::Null,
            Some("boolean") => Kind::Boolean,
            Some("integer" | "number") if is_flag => Kind::Boolean,
            Some("integer" | "number") => Kind::Number,
            Some("string") => Kind::Text,
            Some("array") => Kind::List,
            Some("object") => Kind::Object,
            // Who writes no type means it by the rest.
            _ => self.implied(),
        }
    }

    fn implied(&self) -> Kind {
        if let Some(value) = self
            .values()
            .as_ref()
            .and_then(|values| values.first().copied())
        {
            return match value {
                Value::Null => Kind::Null,
                Value::Bool(_) => Kind::Boolean,
                Value::Number(_) => Kind::Number,
                Value::String(_) => Kind::Text,
                Value::Array(_) => Kind::List,
                Value::Object(_) => Kind::Object,
            };
        }
        let has = |key| self.get(key).is_some();
        if has("properties") || has("required") || has("patternProperties") {
            Kind::Object
        } else if has("items") || has("prefixItems") {
            Kind::List
        } else {
            Kind::Any
        }
    }

    pub(super) fn is_integer(&self) -> bool {
        self.chosen.or_else(|| self.text("type")) == Some("integer")
    }

    /// The values it is confined to, where it is; of a list of types, those of the chosen one.
    pub(super) fn values(&self) -> Option<Vec<&'a Value>> {
        if let Some(one) = self.get("const") {
            return Some(vec![one]);
        }
        let all = self.get("enum")?.as_array()?.iter();
        let fits = |value: &&Value| match self.chosen {
            Some("null") => value.is_null(),
            Some(_) => !value.is_null(),
            None => true,
        };
        Some(all.filter(fits).collect())
    }

    /// The fields, by name. One that several parts speak of is as the topmost says.
    pub(super) fn fields(&self) -> BTreeMap<&'a str, &'a Value> {
        let parts = self.parts.iter().rev();
        let fields = parts.filter_map(|part| part.get("properties")?.as_object());
        fields
            .flatten()
            .map(|(name, field)| (name.as_str(), field))
            .collect()
    }

    pub(super) fn required(&self) -> BTreeSet<&'a str> {
        let all = self.parts.iter().flat_map(|part| list(part, "required"));
        all.filter_map(Value::as_str).collect()
    }

    /// The schemas of fields whose names follow a pattern, by pattern.
    pub(super) fn patterns(&self) -> BTreeMap<&'a str, &'a Value> {
        let of_part = |part: &&'a Object| part.get("patternProperties")?.as_object();
        let all = self.parts.iter().filter_map(of_part).flatten();
        all.map(|(pattern, field)| (pattern.as_str(), field))
            .collect()
    }

    /// What holds of a field that is not named: the last word of `unevaluatedProperties`, which serde's
    /// flattened structs are described by, and of `additionalProperties`.
    pub(super) fn others(&self) -> Option<&'a Value> {
        self.get("additionalProperties")
            .or_else(|| self.get("unevaluatedProperties"))
    }

    /// What tells it from its siblings, as serde writes enums: `tag = "value"`, or its one field.
    pub(super) fn variant(&self, root: &'a Value) -> Option<String> {
        let required = self.required();
        let fields = self.fields();
        let tagged = required.iter().find_map(|name| {
            let branches = branches(root, fields.get(name)?);
            let [tag] = branches.as_slice() else {
                return None;
            };
            match tag.values()?.as_slice() {
                [Value::String(value)] => Some(value.clone()),
                _ => None,
            }
        });
        let alone = || {
            let mut names = fields.keys();
            let first = names.next().filter(|name| required.contains(*name))?;
            names.next().is_none().then(|| (*first).to_owned())
        };
        tagged.or_else(alone)
    }
}
