//! A schema as a document: the targets of its references, and the alternatives of each location.
//!
//! `$ref`, `allOf` and the keywords beside them apply together; `anyOf`, `oneOf` and a list of
//! types are alternatives. Each node is expanded once and equal alternatives are merged, so that
//! definitions with many references to each other cost no more than those with one.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::ptr;
use std::rc::Rc;

use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::arm::{Arm, Identity};
use super::keywords;
use super::parts::{Object, Parts, addresses, list, references};
use super::work::{Exhausted, WorkBudget};

/// Largest schema that is compared, in JSON values. Schemas of real types are far smaller.
pub(super) const MAX_VALUES: usize = 100_000;

/// Longest name, pattern or constant, in bytes, because such texts are compared many times.
pub(super) const MAX_TEXT: usize = 4096;

/// Largest nesting depth of a schema, and longest chain of references.
pub(super) const MAX_NESTING: usize = 128;

/// Maximum number of alternatives at one location.
pub(super) const MAX_ARMS: usize = 512;

/// The alternatives of a node; `None` if there are too many.
type Alternatives<'a> = Option<Rc<[Parts<'a>]>>;

/// State of a node's expansion.
#[derive(Debug, Clone)]
enum Expanded<'a> {
    /// In progress; a node that reaches this state refers to itself.
    Open,
    Done(Alternatives<'a>),
}

/// Index of a location or of an [`Arm`] in its document.
pub(super) type Id = usize;

/// One of the two schemas to compare.
#[derive(Debug)]
pub(super) struct Document<'a> {
    root: &'a Value,
    anchors: HashMap<&'a str, &'a Value>,
    expanded: HashMap<usize, Expanded<'a>>,
    locations: Vec<Option<Rc<[Id]>>>,
    location_ids: HashMap<Option<Rc<[Id]>>, Id>,
    /// Locations by the addresses of their nodes.
    node_ids: HashMap<Vec<usize>, Id>,
    arms: Vec<Rc<Arm<'a>>>,
    arm_ids: HashMap<Identity, Id>,
    labels: HashMap<Id, Rc<str>>,
    /// Whether a node without end was found, which consists of itself.
    is_circular: bool,
}

impl<'a> Document<'a> {
    /// Reads a schema's size and anchors; `None` if it is too large or nested too deep.
    pub(super) fn read(root: &'a Value) -> Option<Self> {
        let mut anchors = HashMap::new();
        let mut open = vec![(root, 0, false)];
        let mut count = 0;
        while let Some((value, depth, is_prose)) = open.pop() {
            count += 1;
            if count > MAX_VALUES || depth > MAX_NESTING {
                return None;
            }
            match value {
                Value::Object(object) => {
                    for key in ["$anchor", "$dynamicAnchor"] {
                        if let Some(name) = object.get(key).and_then(Value::as_str) {
                            anchors.entry(name).or_insert(value);
                        }
                    }
                    for (name, value) in object {
                        if name.len() > MAX_TEXT {
                            return None;
                        }
                        open.push((value, depth + 1, keywords::is_prose(name)));
                    }
                }
                Value::Array(items) => {
                    open.extend(items.iter().map(|item| (item, depth + 1, false)));
                }
                Value::String(text) if !is_prose && text.len() > MAX_TEXT => return None,
                _ => {}
            }
        }
        Some(Self {
            root,
            anchors,
            expanded: HashMap::new(),
            locations: Vec::new(),
            location_ids: HashMap::new(),
            node_ids: HashMap::new(),
            arms: Vec::new(),
            arm_ids: HashMap::new(),
            labels: HashMap::new(),
            is_circular: false,
        })
    }

    /// Returns the target of a `$ref`, if the document contains it.
    pub(super) fn target(&self, reference: &str) -> Option<&'a Value> {
        let own = self.root.get("$id").and_then(Value::as_str);
        let reference = own
            .and_then(|own| reference.strip_prefix(own))
            .unwrap_or(reference);
        let fragment = fragment(reference.strip_prefix('#')?)?;
        if fragment.is_empty() || fragment.starts_with('/') {
            self.root.pointer(&fragment)
        } else {
            self.anchors.get(&*fragment).copied()
        }
    }

    /// Returns the location described by nodes that apply together. Locations with equal
    /// alternatives are merged.
    pub(super) fn location(
        &mut self,
        nodes: &[&'a Value],
        work: &mut WorkBudget,
    ) -> Result<Id, Exhausted> {
        let mut addresses: Vec<usize> = nodes
            .iter()
            .map(|node| ptr::from_ref(*node).addr())
            .collect();
        addresses.sort_unstable();
        addresses.dedup();
        work.spend(1 + addresses.len())?;
        if let Some(known) = self.node_ids.get(&addresses) {
            return Ok(*known);
        }
        let mut alternatives: Alternatives<'a> = Some(anything());
        for node in nodes {
            let other = self.expand(node, MAX_NESTING, work)?;
            alternatives = combined(alternatives, other, work)?;
        }
        let arms = match alternatives {
            Some(alternatives) => self.typed(&alternatives, work)?,
            None => None,
        };
        let id = *self.location_ids.entry(arms).or_insert_with_key(|arms| {
            self.locations.push(arms.clone());
            self.locations.len() - 1
        });
        self.node_ids.insert(addresses, id);
        Ok(id)
    }

    pub(super) fn arm(&self, id: Id) -> Rc<Arm<'a>> {
        Rc::clone(&self.arms[id])
    }

    /// Returns the alternatives of a location; `None` if there are too many.
    pub(super) fn arms_of(&self, location: Id) -> Option<Rc<[Id]>> {
        self.locations[location].clone()
    }

    /// Returns whether no node consists of itself; also exhausted if a node has too many
    /// alternatives.
    pub(super) fn is_finite(&mut self, work: &mut WorkBudget) -> Result<bool, Exhausted> {
        let mut open = vec![self.root];
        while let Some(node) = open.pop() {
            work.spend(1)?;
            match node {
                Value::Object(object) => {
                    if self.expand(node, MAX_NESTING, work)?.is_none() {
                        return Err(Exhausted);
                    }
                    open.extend(object.values());
                }
                Value::Array(items) => open.extend(items),
                _ => {}
            }
        }
        Ok(!self.is_circular)
    }

    fn typed(
        &mut self,
        alternatives: &[Parts<'a>],
        work: &mut WorkBudget,
    ) -> Result<Option<Rc<[Id]>>, Exhausted> {
        let mut ids = Vec::new();
        let mut seen = HashSet::new();
        for parts in alternatives {
            for arm in Arm::from_parts(parts, |reference| self.target(reference).is_none(), work)? {
                let id = *self.arm_ids.entry(arm.identity()).or_insert_with(|| {
                    self.arms.push(Rc::new(arm));
                    self.arms.len() - 1
                });
                if seen.insert(id) {
                    ids.push(id);
                }
            }
            if ids.len() > MAX_ARMS {
                return Ok(None);
            }
        }
        ids.sort_unstable();
        Ok(Some(ids.into()))
    }

    fn expand(
        &mut self,
        node: &'a Value,
        nesting: usize,
        work: &mut WorkBudget,
    ) -> Result<Alternatives<'a>, Exhausted> {
        work.spend(1)?;
        let Some(object) = node.as_object() else {
            return Ok(Some(match node {
                Value::Bool(false) => Rc::default(),
                _ => anything(),
            }));
        };
        let address = ptr::from_ref(object).addr();
        match self.expanded.get(&address) {
            // A schema's reference to itself does not change what it allows.
            Some(Expanded::Open) => {
                self.is_circular = true;
                return Ok(Some(anything()));
            }
            Some(Expanded::Done(known)) => return Ok(known.clone()),
            None if nesting == 0 => return Ok(None),
            None => {}
        }
        self.expanded.insert(address, Expanded::Open);
        let alternatives = self.expand_object(object, nesting - 1, work)?;
        let done = Expanded::Done(alternatives.clone());
        self.expanded.insert(address, done);
        Ok(alternatives)
    }

    fn expand_object(
        &mut self,
        object: &'a Object,
        nesting: usize,
        work: &mut WorkBudget,
    ) -> Result<Alternatives<'a>, Exhausted> {
        work.spend(object.len())?;
        let mut together: Vec<&'a Value> = Vec::new();
        let mut is_part = object.keys().any(|key| keywords::confines(key));
        for reference in references(object) {
            work.spend(1 + reference.len() / 16)?;
            let target = self.target(reference);
            is_part |= target.is_none();
            together.extend(target);
        }
        // A recursive type is then a different location one level below.
        is_part |= self
            .root
            .as_object()
            .is_some_and(|root| ptr::eq(root, object));
        together.extend(list(object, "allOf"));
        let own: Rc<[Parts<'a>]> = if is_part {
            Rc::new([Rc::new([object])])
        } else {
            anything()
        };
        let mut all = Some(own);
        for node in together {
            let other = self.expand(node, nesting, work)?;
            all = combined(all, other, work)?;
        }
        for key in ["anyOf", "oneOf"] {
            let Some(alternatives) = object.get(key).and_then(Value::as_array) else {
                continue;
            };
            let mut either = Some(Vec::new());
            let mut seen = HashSet::new();
            for alternative in alternatives {
                let parts = self.expand(alternative, nesting, work)?;
                let (Some(all), Some(parts)) = (&mut either, parts) else {
                    either = None;
                    continue;
                };
                for parts in parts.iter() {
                    work.spend(parts.len())?;
                    if seen.insert(addresses(parts)) {
                        all.push(Rc::clone(parts));
                    }
                }
                if all.len() > MAX_ARMS {
                    either = None;
                }
            }
            all = combined(all, either.map(Into::into), work)?;
        }
        Ok(all)
    }

    pub(super) fn label(&self, arm: Id) -> Option<Rc<str>> {
        self.labels.get(&arm).cloned()
    }

    pub(super) fn set_label(&mut self, arm: Id, label: Rc<str>) {
        self.labels.insert(arm, label);
    }
}

/// Decodes the percent-encoded fragment of a URI.
pub(super) fn fragment(encoded: &str) -> Option<Cow<'_, str>> {
    percent_decode_str(encoded).decode_utf8().ok()
}

/// Returns the single alternative of an unrestricted location.
fn anything<'a>() -> Rc<[Parts<'a>]> {
    Rc::new([Rc::default()])
}

/// Combines each alternative of one side with each of the other.
fn combined<'a>(
    left: Alternatives<'a>,
    other: Alternatives<'a>,
    work: &mut WorkBudget,
) -> Result<Alternatives<'a>, Exhausted> {
    // An empty side makes every combination empty.
    let nothing = |all: &Alternatives<'a>| all.as_ref().is_some_and(|all| all.is_empty());
    if nothing(&left) || nothing(&other) {
        return Ok(Some(Rc::default()));
    }
    let (Some(left), Some(other)) = (left, other) else {
        return Ok(None);
    };
    let is_anything = |all: &[Parts<'a>]| matches!(all, [parts] if parts.is_empty());
    if is_anything(&left) {
        return Ok(Some(other));
    }
    if is_anything(&other) {
        return Ok(Some(left));
    }
    let mut all = Vec::new();
    let mut seen = HashSet::new();
    for (a, b) in left.iter().flat_map(|a| other.iter().map(move |b| (a, b))) {
        work.spend(a.len() + b.len())?;
        let mut parts: Vec<&'a Object> = a.iter().chain(b.iter()).copied().collect();
        parts.sort_unstable_by_key(|part| ptr::from_ref(*part).addr());
        parts.dedup_by(|a, b| ptr::eq(*a, *b));
        if seen.insert(addresses(&parts)) {
            all.push(parts.into());
        }
        if all.len() > MAX_ARMS {
            return Ok(None);
        }
    }
    Ok(Some(all.into()))
}
