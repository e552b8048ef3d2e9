//! Checks the names of services and slices.

use hecate_om_manifest::ServiceName;
use heck::{ToKebabCase, ToSnakeCase, ToUpperCamelCase};
use proc_macro2::{TokenStream, TokenTree};
use syn::Item;

use super::crates;

/// Maximum length of a DNS label (RFC 1035): the name is in the service's certificate.
const MAX: usize = 63;

/// Strict and reserved keywords of Rust, edition 2024.
const KEYWORDS: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate",
    "do", "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl",
    "in", "let", "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref",
    "return", "self", "static", "struct", "super", "trait", "true", "try", "type", "typeof",
    "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

/// Crates of the compiler and of the generated packages, and folders of Cargo.
const TAKEN: &[&str] = &[
    "alloc",
    "build",
    "core",
    "deps",
    "examples",
    "hecate_om",
    "hecate_om_manifest",
    "incremental",
    "proc_macro",
    "schemars",
    "serde",
    "serde_json",
    "std",
    "tempfile",
    "test",
    "tokio",
];

/// Primitive types: the attribute defines a type with the function's name.
const PRIMITIVES: &[&str] = &[
    "bool", "char", "f32", "f64", "i8", "i16", "i32", "i64", "i128", "isize", "str", "u8", "u16",
    "u32", "u64", "u128", "usize",
];

/// Returns whether the name is a device on Windows.
fn is_device(name: &str) -> bool {
    let port = name.strip_prefix("com").or(name.strip_prefix("lpt"));
    matches!(name, "aux" | "con" | "nul" | "prn")
        || port.is_some_and(|number| number.len() == 1 && number.as_bytes()[0].is_ascii_digit())
}

/// Names whose types would hide types that the generated source uses.
const HIDING: &[&str] = &[
    "capability",
    "decided",
    "default",
    "err",
    "found",
    "happened",
    "ok",
    "refusal",
    "result",
    "string",
    "vec",
];

/// Slices in the example.
const SLICES: &[&str] = &["project_notes", "query_notes", "take_note"];

/// Modules in the example without slices.
const MODULES: &[&str] = &["count_words"];

/// Checks a service's name. The error proposes a similar valid name, if there is one.
pub(super) fn service(name: &str, slices: bool) -> Result<(), String> {
    fits(name, slices).map_err(|why| match proposal(name, slices) {
        // The error of the wire's naming rule already has a proposal.
        Some(other) if !why.contains(&format!("`{other}`")) => format!("{why}; try `{other}`"),
        _ => why,
    })
}

/// Proposes a valid name: the name in kebab case, or with a suffix if that is taken.
fn proposal(name: &str, slices: bool) -> Option<String> {
    // The name without its non-ASCII letters would make no sense.
    if !name.is_ascii() {
        return None;
    }
    let kebab = name.to_kebab_case();
    let kebab = kebab.trim_start_matches(|c: char| c == '-' || c.is_ascii_digit());
    let kebab = kebab[..kebab.len().min(MAX)].trim_end_matches('-');
    let candidates = [kebab.to_owned(), format!("{kebab}-service")];
    let mut candidates = candidates.into_iter().filter(|_| !kebab.is_empty());
    candidates.find(|name| fits(name, slices).is_ok())
}

fn fits(name: &str, slices: bool) -> Result<(), String> {
    name.parse::<ServiceName>()
        .map_err(|error| error.to_string())?;
    let refused = |why: &str| Err(format!("the service name `{name}` {why}"));
    if name.len() > MAX {
        return refused(&format!(
            "is {} bytes long; a label of a DNS name has at most {MAX}",
            name.len()
        ));
    }
    if !name.starts_with(|c: char| c.is_ascii_lowercase()) {
        return refused("starts with a digit; start it with a letter");
    }
    if name.contains('.') {
        return refused("has a `.`; write `-` instead");
    }
    if !is_image_path(name) {
        return refused(
            "is not a valid image name; separate letters and digits by hyphens, or by one or two `_`",
        );
    }
    let snake = name.to_snake_case();
    let (own, whose) = if slices {
        (SLICES, "is the name of a slice in the example")
    } else {
        (MODULES, "is the name of a module in the example")
    };
    if own.contains(&snake.as_str()) {
        return refused(whose);
    }
    free(&snake).or_else(|why| refused(&why))
}

/// Checks a slice's name, and returns it in snake case.
pub(super) fn slice(name: &str) -> Result<String, String> {
    let refused = |why: &str| Err(format!("the slice name `{name}` {why}"));
    let snake = name.to_snake_case();
    let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if name.replace('-', "_") != snake
        || !snake.starts_with(|c: char| c.is_ascii_lowercase())
        || !snake.chars().all(is_word)
        || snake.len() > MAX
    {
        return refused("is not a valid crate name; use lowercase words, as in `embed_corpus`");
    }
    if hecate_om_manifest::is_reserved(&snake) {
        return refused("is the name of a capability that every service has; choose another");
    }
    match free(&snake) {
        Ok(()) => Ok(snake),
        Err(why) => refused(&format!("{why}; try `{snake}_slice`")),
    }
}

fn free(snake: &str) -> Result<(), String> {
    if KEYWORDS.contains(&snake) {
        return Err("is a keyword of Rust".into());
    }
    if PRIMITIVES.contains(&snake) {
        return Err("is a primitive type of Rust".into());
    }
    if is_device(snake) {
        return Err("is a device name on Windows".into());
    }
    if TAKEN.contains(&snake) || HIDING.contains(&snake) {
        return Err("is taken by a crate or type that the generated packages use".into());
    }
    if crates::is_linked(snake) {
        return Err("is the name of a crate that services link".into());
    }
    Ok(())
}

/// Checks that a slice's name does not conflict with an item of its kind's source, which is
/// rendered for another name.
pub(super) fn unused(slice: &str, source: &str) -> Result<(), String> {
    let type_name = slice.to_upper_camel_case();
    // Tests check that the templates are Rust.
    let tokens = source.parse::<TokenStream>().unwrap_or_default();
    let file = syn::parse_file(source);
    let items = file.map(|file| file.items).unwrap_or_default();
    if has_ident(tokens, &type_name) || declares(&items, slice) {
        return Err(format!(
            "the slice name `{slice}` is taken by an item of the generated source; choose another"
        ));
    }
    Ok(())
}

fn has_ident(tokens: TokenStream, name: &str) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == name,
        TokenTree::Group(group) => has_ident(group.stream(), name),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}

/// Returns whether a function or module has this name, also in nested modules.
fn declares(items: &[Item], name: &str) -> bool {
    items.iter().any(|item| match item {
        Item::Fn(function) => function.sig.ident == name,
        Item::Mod(module) => {
            let content = module.content.as_ref();
            module.ident == name || content.is_some_and(|(_, items)| declares(items, name))
        }
        _ => false,
    })
}

/// Returns whether a text is a path component of an image name in the OCI distribution
/// specification.
pub(super) fn is_image_path(text: &str) -> bool {
    let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let edges = text.starts_with(is_word) && text.ends_with(is_word);
    let separators = text.split(is_word).filter(|part| !part.is_empty());
    edges
        && separators
            .into_iter()
            .all(|part| matches!(part, "_" | "__" | ".") || part.bytes().all(|byte| byte == b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_but_legal_names_are_accepted() {
        for name in [
            "a",
            "x9",
            "hecate-a--b",
            "query-desk_2",
            "a__b",
            &"n".repeat(63),
        ] {
            assert_eq!(service(name, true), Ok(()), "{name}");
        }
    }

    #[test]
    fn a_name_that_the_wire_cargo_or_a_registry_refuses_is_refused_with_the_reason() {
        for (name, why) in [
            ("", "is empty"),
            ("Hecate", "`H` at character 1"),
            ("new service", "is not allowed"),
            ("élan", "is not allowed"),
            ("a/b", "is not allowed"),
            ("-a", "is not allowed"),
            ("9lives", "starts with a digit"),
            ("a.b", "has a `.`"),
            ("a-", "is not a valid image name"),
            ("a___b", "is not a valid image name"),
            ("a-_b", "is not a valid image name"),
            ("take--note", "the name of a slice"),
            ("match", "a keyword of Rust"),
            ("hecate-om", "is taken"),
            ("serde", "is taken"),
            ("linkme", "a crate that services link"),
            ("aws-lc-rs", "a crate that services link"),
            ("take-note", "the name of a slice"),
            (&"n".repeat(64), "64 bytes"),
        ] {
            let error = service(name, true).expect_err(name);
            assert!(error.contains(why), "{name}: {error}");
        }
        assert_eq!(service("take-note", false), Ok(()));
        assert!(service("count-words", false).is_err());
        assert_eq!(service("count-words", true), Ok(()));
    }

    #[test]
    fn a_refusal_proposes_a_similar_valid_name() {
        for (name, proposed) in [
            ("Hecate Weather", Some("hecate-weather")),
            ("weather.v2", Some("weather-v2")),
            ("9lives", Some("lives")),
            ("weather-", Some("weather")),
            ("match", Some("match-service")),
            ("test", Some("test-service")),
            ("core", Some("core-service")),
            ("hecate-om", Some("hecate-om-service")),
            ("quinn", Some("quinn-service")),
            (&"n".repeat(64), Some(&*"n".repeat(63))),
            ("", None),
            ("42", None),
        ] {
            let error = service(name, false).expect_err(name);
            match proposed {
                Some(other) => assert!(error.contains(&format!("`{other}`")), "{error}"),
                None => assert!(!error.contains("try"), "{error}"),
            }
        }
    }

    #[test]
    fn a_slice_is_named_in_snake_case() {
        assert_eq!(slice("embed-corpus").as_deref(), Ok("embed_corpus"));
        assert_eq!(slice("embed_corpus").as_deref(), Ok("embed_corpus"));
        for name in [
            "",
            "Embed",
            "9a",
            "a.b",
            "../a",
            "a__b",
            "info",
            "match",
            "serde",
            "linkme",
            "time",
            "sharded-slab",
            "found",
            "has space",
            "fn",
            "../x",
            "a/b",
            "a\\b",
            ".",
            "..",
            "test",
            "core",
            "std",
            "alloc",
            "proc-macro",
            "build",
            "deps",
            "con",
            "nul",
            "com1",
            "lpt9",
            "str",
            "u128",
            "bool",
            "é",
            "_",
            "_a",
        ] {
            assert!(slice(name).is_err(), "{name}");
        }
    }
}
