//! Location of a difference in a value.

use std::rc::Rc;

/// Step from a location to one below it.
#[derive(Debug, Clone)]
pub(super) enum Step<'a> {
    Here,
    Field(&'a str),
    /// Any field that is not named.
    AnyField,
    /// The name of any field.
    Name,
    Items,
    Item(usize),
    Variant(Rc<str>),
}

/// Longest reported path, in bytes.
pub(super) const MAX_PATH: usize = 1024;

/// Path from the whole value; empty for the whole value itself.
#[derive(Debug, Clone, Default)]
pub(super) struct ValuePath(pub(super) String);

impl ValuePath {
    pub(super) fn join(&self, step: &Step<'_>) -> Self {
        let path = &self.0;
        if path.len() > MAX_PATH {
            let is_cut = path.ends_with('…');
            return Self(if is_cut {
                path.clone()
            } else {
                format!("{path}…")
            });
        }
        let field = |name: &str| {
            if path.is_empty() {
                name.to_owned()
            } else {
                format!("{path}.{name}")
            }
        };
        Self(match step {
            Step::Here => path.clone(),
            Step::Field(name) => field(&clipped(name)),
            Step::AnyField => field("*"),
            Step::Name => field("*<name>"),
            Step::Items => format!("{path}[]"),
            Step::Item(at) => format!("{path}[{at}]"),
            Step::Variant(name) => format!("{path}<{}>", clipped(name)),
        })
    }
}

/// Returns the start of a text of any length.
pub(super) fn clipped(text: &str) -> String {
    const MOST: usize = 200;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
