//! Detection of ambiguous types: a value on the wire that is a boolean in one alternative and a
//! number in another, or a text in one and a list of bytes in another.

mod sides;

use std::collections::{HashMap, HashSet};
use std::fmt;

use super::{Id, Kinds, Node, Shape};
use sides::{
    additional, integers_overlap, items, kinds, member, prefix_len, scalars, texts_overlap,
};

/// Maximum number of steps of the search. A schema that needs more steps counts as unambiguous.
const MAX_STEPS: usize = 100_000;
/// Maximum number of combinations of alternatives that are examined for one value.
const MAX_FORMS: usize = 64;

/// Location of an ambiguity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ambiguity {
    /// Name of the type with the alternatives, if it has one.
    name: Option<String>,
    path: String,
    clash: Clash,
}

/// Kinds of values that look the same on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Clash {
    /// 0 and 1 are also booleans. Languages that do not distinguish integers and whole floats send
    /// a whole float as an integer.
    BooleanOrNumber,
    /// Erlang sends both as bytes.
    TextOrBytes,
}

impl fmt::Display for Ambiguity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "`{name}` is ambiguous")?,
            None => f.write_str("the type is ambiguous")?,
        }
        let reason = match self.clash {
            Clash::BooleanOrNumber => {
                "a 0 or 1 is a boolean in one alternative and a number in another, and the wire has no booleans"
            }
            Clash::TextOrBytes => {
                "bytes are a text in one alternative and a list of octets in another, and Erlang sends both as bytes"
            }
        };
        write!(
            f,
            " at `{}`: {reason}; tag the enum, or give both the same type",
            self.path
        )
    }
}

/// Kinds of values that an integer on the wire may be, apart from a boolean.
const NUMBERS: Kinds = Kinds::INTEGER.with(Kinds::NUMBER);

impl Shape {
    /// Returns the first ambiguity of the type.
    pub(crate) fn ambiguity(&self) -> Option<Ambiguity> {
        let mut search = Search {
            shape: self,
            conflicts: HashMap::new(),
            overlaps: HashMap::new(),
            expanded: HashMap::new(),
            steps: 0,
        };
        search.walk(0, None, "$", &mut HashSet::new())
    }
}

/// Nodes that together describe one value.
type Side = Vec<Id>;

/// Kind of a clash between two sides, with its location in them.
type Conflict = (Clash, String);

struct Search<'s> {
    shape: &'s Shape,
    conflicts: HashMap<(Side, Side), Option<Conflict>>,
    overlaps: HashMap<(Side, Side), bool>,
    /// Expanded alternatives of each node.
    expanded: HashMap<Id, Vec<Side>>,
    steps: usize,
}

impl<'s> Search<'s> {
    fn node(&self, id: Id) -> &'s Node {
        &self.shape.nodes[id]
    }

    fn walk(
        &mut self,
        id: Id,
        name: Option<&'s str>,
        path: &str,
        seen: &mut HashSet<Id>,
    ) -> Option<Ambiguity> {
        let node = self.node(id);
        if !node.needs_marking || !seen.insert(id) {
            return None;
        }
        let name = node.name.as_deref().or(name);
        let found = |(clash, suffix): Conflict| Ambiguity {
            name: name.map(str::to_owned),
            path: format!("{path}{suffix}"),
            clash,
        };
        if node.declares(Kinds::BOOLEAN) && node.declares(NUMBERS) {
            return Some(found((Clash::BooleanOrNumber, String::new())));
        }
        for group in &node.any_of {
            for (at, &alternative) in group.iter().enumerate() {
                for &other in &group[at + 1..] {
                    if let Some(conflict) = self.conflict(&[alternative], &[other]) {
                        return Some(found(conflict));
                    }
                }
            }
        }
        let same = node.all_of.iter().chain(node.any_of.iter().flatten());
        let same = same.map(|&id| (id, String::new()));
        let fields = node
            .fields
            .iter()
            .map(|(field, &id)| (id, format!(".{field}")));
        let others = additional(node).into_iter().chain(node.integer_keys);
        let others = others.map(|id| (id, String::from(".*")));
        let prefix = node.prefix_items.iter().enumerate();
        let prefix = prefix.map(|(index, &id)| (id, format!("[{index}]")));
        let items = node.items.map(|id| (id, String::from("[]")));
        let parts: Vec<(Id, String)> = same
            .chain(fields)
            .chain(others)
            .chain(prefix)
            .chain(items)
            .collect();
        parts
            .into_iter()
            .find_map(|(id, step)| self.walk(id, name, &format!("{path}{step}"), seen))
    }

    /// Returns where both sides accept a value but understand it differently.
    fn conflict(&mut self, a: &[Id], b: &[Id]) -> Option<Conflict> {
        self.steps += 1;
        if self.steps > MAX_STEPS {
            return None;
        }
        let key = (a.to_vec(), b.to_vec());
        if let Some(found) = self.conflicts.get(&key) {
            return found.clone();
        }
        self.conflicts.insert(key.clone(), None);
        let mut found = None;
        'forms: for a in &self.forms(a) {
            for b in &self.forms(b) {
                found = self.conflict_of(a, b);
                if found.is_some() || self.steps > MAX_STEPS {
                    break 'forms;
                }
            }
        }
        self.conflicts.insert(key, found.clone());
        found
    }

    fn conflict_of(&mut self, a: &[&'s Node], b: &[&'s Node]) -> Option<Conflict> {
        if let Some(clash) = self.clash(a, b).or_else(|| self.clash(b, a)) {
            return Some((clash, String::new()));
        }
        if kinds(a).has(Kinds::MAP) && kinds(b).has(Kinds::MAP) && self.maps_overlap(a, b) {
            let names: Vec<&String> = a
                .iter()
                .chain(b)
                .flat_map(|node| node.fields.keys())
                .collect();
            for name in names {
                if let (Some(a), Some(b)) = (member(a, name), member(b, name))
                    && let Some((clash, found)) = self.conflict(&a, &b)
                {
                    return Some((clash, format!(".{name}{found}")));
                }
            }
            let others =
                |side: &[&Node]| side.iter().filter_map(|n| additional(n)).collect::<Side>();
            let keyed =
                |side: &[&Node]| side.iter().filter_map(|n| n.integer_keys).collect::<Side>();
            for (a, b) in [(others(a), others(b)), (keyed(a), keyed(b))] {
                if let Some((clash, found)) = self.conflict(&a, &b) {
                    return Some((clash, format!(".*{found}")));
                }
            }
        }
        if kinds(a).has(Kinds::LIST) && kinds(b).has(Kinds::LIST) && self.lists_overlap(a, b) {
            for index in 0..=prefix_len(a).max(prefix_len(b)) {
                if let Some((clash, found)) = self.conflict(&items(a, index), &items(b, index)) {
                    return Some((clash, format!("[{index}]{found}")));
                }
            }
        }
        None
    }

    /// Returns how scalars of `a` and `b` look the same on the wire, if they do.
    fn clash(&self, a: &[&Node], b: &[&Node]) -> Option<Clash> {
        let flag = |side: &[&Node]| side.iter().any(|node| node.is_boolean());
        let number = |side: &[&Node]| {
            let bits = || scalars(side, 0..=1);
            side.iter().any(|node| node.declares(NUMBERS)) && !flag(side) && !bits().is_empty()
        };
        let text = |side: &[&Node]| side.iter().any(|node| node.declares(Kinds::TEXT));
        if flag(a) && number(b) {
            return Some(Clash::BooleanOrNumber);
        }
        (text(a) && self.are_bytes(b) && !text(b)).then_some(Clash::TextOrBytes)
    }

    fn are_bytes(&self, side: &[&Node]) -> bool {
        side.iter().any(|node| self.shape.is_bytes(node))
    }

    /// Returns whether both sides accept a common value, in any form that callers use.
    fn overlap(&mut self, a: &[Id], b: &[Id]) -> bool {
        self.steps += 1;
        if self.steps > MAX_STEPS {
            return false;
        }
        let key = (a.to_vec(), b.to_vec());
        if let Some(&found) = self.overlaps.get(&key) {
            return found;
        }
        self.overlaps.insert(key.clone(), true);
        let mut found = false;
        'forms: for a in &self.forms(a) {
            for b in &self.forms(b) {
                found = self.overlap_of(a, b);
                if found || self.steps > MAX_STEPS {
                    break 'forms;
                }
            }
        }
        self.overlaps.insert(key, found);
        found
    }

    fn overlap_of(&mut self, a: &[&'s Node], b: &[&'s Node]) -> bool {
        let (of_a, of_b) = (kinds(a), kinds(b));
        let both = |kind: Kinds| of_a.has(kind) && of_b.has(kind);
        let integers = NUMBERS.with(Kinds::BOOLEAN);
        both(Kinds::NULL)
            || both(Kinds::NUMBER)
            || (both(Kinds::TEXT) && texts_overlap(a, b))
            || (of_a.has(Kinds::TEXT) && self.are_bytes(b))
            || (self.are_bytes(a) && of_b.has(Kinds::TEXT))
            || (of_a.has(integers) && of_b.has(integers) && integers_overlap(a, b))
            || (both(Kinds::LIST) && self.lists_overlap(a, b))
            || (both(Kinds::MAP) && self.maps_overlap(a, b))
    }

    fn maps_overlap(&mut self, a: &[&'s Node], b: &[&'s Node]) -> bool {
        let names: HashSet<&String> = a.iter().chain(b).flat_map(|node| &node.required).collect();
        names
            .into_iter()
            .all(|name| match (member(a, name), member(b, name)) {
                (Some(a), Some(b)) => self.overlap(&a, &b),
                _ => false,
            })
    }

    fn lists_overlap(&mut self, a: &[&'s Node], b: &[&'s Node]) -> bool {
        let all = || a.iter().chain(b);
        let least = all().map(|node| *node.len.start()).max().unwrap_or(0);
        let most = all().map(|node| *node.len.end()).min().unwrap_or(0);
        let looked_at = least.min(prefix_len(a).max(prefix_len(b)) + 1);
        least <= most
            && (0..looked_at).all(|index| self.overlap(&items(a, index), &items(b, index)))
    }

    /// Returns the nodes that together describe a value, for each combination of alternatives.
    fn forms(&mut self, side: &[Id]) -> Vec<Vec<&'s Node>> {
        let mut forms = vec![Vec::new()];
        for &id in side {
            forms = product(&forms, &self.expanded(id));
        }
        self.steps += forms.len();
        let nodes = |form: Vec<Id>| form.into_iter().map(|id| self.node(id)).collect();
        forms.into_iter().map(nodes).collect()
    }

    fn expanded(&mut self, id: Id) -> Vec<Side> {
        if let Some(forms) = self.expanded.get(&id) {
            return forms.clone();
        }
        // A node that contains itself through other nodes adds no alternatives.
        self.expanded.insert(id, Vec::new());
        let node = self.node(id);
        let mut forms = vec![vec![id]];
        for &part in &node.all_of {
            forms = product(&forms, &self.expanded(part));
        }
        for group in &node.any_of {
            let mut either = Vec::new();
            for &part in group {
                either.extend(self.expanded(part));
                either.truncate(MAX_FORMS);
            }
            forms = product(&forms, &either);
        }
        self.expanded.insert(id, forms.clone());
        forms
    }
}

fn product(left: &[Vec<Id>], right: &[Vec<Id>]) -> Vec<Vec<Id>> {
    let pairs = left.iter().flat_map(|left| {
        right
            .iter()
            .map(move |right| left.iter().chain(right).copied().collect())
    });
    pairs.take(MAX_FORMS).collect()
}
