//! Names of generated types.

use std::collections::{BTreeMap, BTreeSet};

use heck::ToPascalCase;

/// Names of the prelude that the generated source needs.
const TAKEN: [&str; 11] = [
    "Box", "Err", "None", "Ok", "Option", "Result", "Self", "Some", "String", "Type", "Vec",
];

/// Maximum length of a name, before the number that makes it unique, and of a path and of one part
/// of it, in bytes. Otherwise the source would contain a long name of a field once for each type
/// below the field.
const MAX_NAME: usize = 96;
const MAX_PATH: usize = 256;
const MAX_PART: usize = 64;

/// Returns the path of a part of a type. A long path stays as it is, because the paths in a document
/// need not be unique.
pub(super) fn child(path: &str, part: &str) -> String {
    if path.len() > MAX_PATH {
        return path.to_owned();
    }
    format!("{path}/{}", start(part, MAX_PART))
}

/// Returns the start of a text, of at most `max` bytes.
fn start(text: &str, max: usize) -> &str {
    let mut end = text.len().min(max);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// Shared names of all types, and the names within the current capability, which do not depend on
/// other capabilities.
#[derive(Debug, Default)]
pub(super) struct TypeNames {
    shared: UniqueNames,
    own: UniqueNames,
    /// Name within the capability, by shared name.
    own_names: BTreeMap<String, String>,
}

impl TypeNames {
    /// Returns the name of the type for a definition.
    pub(super) fn definition(&mut self, wanted: &str, closure: String) -> String {
        let own = self.own.definition(wanted, closure.clone());
        let shared = self.shared.definition(wanted, closure);
        self.own_names.insert(shared.clone(), own);
        shared
    }

    /// Returns the name of the type at a path: a definition's name, then the path below the
    /// definition.
    pub(super) fn nested(&mut self, path: &str) -> String {
        let definition = path.split('/').next().unwrap_or_default();
        let own = match self.own_names.get(definition) {
            Some(own) => self
                .own
                .nested(&format!("{own}{}", &path[definition.len()..])),
            None => self.own.nested(path),
        };
        let shared = self.shared.nested(path);
        self.own_names.insert(shared.clone(), own);
        shared
    }

    /// Ends the current capability, and returns its names by shared name.
    pub(super) fn take_own_names(&mut self) -> BTreeMap<String, String> {
        self.own = UniqueNames::default();
        std::mem::take(&mut self.own_names)
    }
}

/// Unique names. Equal definitions of several documents share a name.
#[derive(Debug, Default)]
struct UniqueNames {
    /// Name by requested name and content of the definition.
    definitions: BTreeMap<(String, String), String>,
    /// Names of nested types, by path.
    nested: BTreeMap<String, String>,
    taken: BTreeSet<String>,
    /// The next number to try, by wanted name.
    next: BTreeMap<String, u64>,
}

impl UniqueNames {
    fn definition(&mut self, wanted: &str, closure: String) -> String {
        let key = (pascal(wanted), closure);
        if let Some(known) = self.definitions.get(&key) {
            return known.clone();
        }
        let name = self.reserve_unused(&key.0);
        self.definitions.insert(key, name.clone());
        name
    }

    fn nested(&mut self, path: &str) -> String {
        if let Some(known) = self.nested.get(path) {
            return known.clone();
        }
        let name = self.reserve_unused(&pascal(path));
        self.nested.insert(path.to_owned(), name.clone());
        name
    }

    /// Reserves the first free name of `Name`, `Name2`, `Name3`, …
    fn reserve_unused(&mut self, wanted: &str) -> String {
        let next = self.next.entry(wanted.to_owned()).or_insert(1);
        loop {
            let name = match *next {
                1 => wanted.to_owned(),
                n => format!("{wanted}{n}"),
            };
            *next += 1;
            let is_stable = converted(&name) == name && !TAKEN.contains(&name.as_str());
            if is_stable && self.taken.insert(name.clone()) {
                return name;
            }
        }
    }
}

/// Converts the start of a name to PascalCase.
pub(super) fn pascal(name: &str) -> String {
    let mut name = converted(start(name, 2 * MAX_PATH));
    if name.len() > MAX_NAME {
        name.truncate(MAX_NAME);
        name = converted(&name);
    }
    name
}

/// Converts a name to PascalCase. The result is stable, because typify converts names again.
fn converted(name: &str) -> String {
    let words = name.replace(|c: char| !c.is_ascii_alphanumeric(), "-");
    // `a/b` becomes `AB`, which is one word, `Ab`.
    let name = words.to_pascal_case().to_pascal_case();
    if name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        name
    } else {
        format!("Type{name}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_text_has_a_name() {
        let parts = [
            "a", "B", "ab", "AB", "1", "é", "/", "~", "%", " ", "_", "\"", "<", "",
        ];
        let mut names = TypeNames::default();
        for first in parts {
            for second in parts {
                for third in parts {
                    for fourth in parts {
                        let text = [first, second, third, fourth].concat();
                        let name = pascal(&text);
                        assert_eq!(converted(&name), name, "{text}");
                        names.definition(&text, "1".into());
                        names.nested(&text);
                    }
                }
            }
        }
    }

    #[test]
    fn a_capabilitys_own_names_do_not_depend_on_the_others() {
        let named = |names: &mut TypeNames, closure: &str| {
            let page = names.definition("Page", closure.into());
            names.nested(&format!("{page}/kind"));
            names.nested("ListRequest");
            names.take_own_names()
        };
        let mut alone = TypeNames::default();
        let alone: Vec<String> = named(&mut alone, "1").into_values().collect();
        assert_eq!(alone, ["ListRequest", "Page", "PageKind"]);
        let mut beside = TypeNames::default();
        named(&mut beside, "2");
        let beside = named(&mut beside, "1");
        let shared: Vec<&str> = beside.keys().map(String::as_str).collect();
        assert_eq!(shared, ["ListRequest", "Page2", "Page2Kind"]);
        let own: BTreeSet<String> = beside.into_values().collect();
        assert_eq!(own, alone.into_iter().collect());
    }

    #[test]
    fn a_name_has_a_limited_length_however_deep_its_type_is() {
        let long = "Abé".repeat(10_000);
        let mut path = "Root".to_owned();
        for _ in 0..64 {
            path = child(&path, &long);
        }
        assert!(path.len() <= MAX_PATH + 1 + MAX_PART, "{path}");
        let mut names = TypeNames::default();
        for wanted in [&path, &long] {
            let first = names.definition(wanted, "1".into());
            let second = names.definition(wanted, "2".into());
            assert!(
                first.len() <= MAX_NAME && converted(&first) == first,
                "{first}"
            );
            assert_eq!(second, format!("{first}2"));
            assert_eq!(names.nested(wanted), format!("{first}3"));
        }
    }

    #[test]
    fn types_share_a_name_only_if_they_are_equal() {
        let mut names = TypeNames::default();
        let mut name = |wanted: &str, closure: &str| names.definition(wanted, closure.into());
        assert_eq!(name("HTTPPage<T>", "1"), "HttpPageT");
        assert_eq!(name("HttpPageT", "2"), "HttpPageT2");
        assert_eq!(name("HTTPPage<T>", "1"), "HttpPageT");
        assert_eq!(name("Result", "1"), "Result2");
        assert_eq!(name("2nd", "1"), "Type2nd");
        assert_eq!(names.nested("HttpPage/t"), "HttpPageT3");
        assert_eq!(names.nested("HttpPage/t"), "HttpPageT3");
    }
}
