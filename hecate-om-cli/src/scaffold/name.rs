//! Which names can be a service's, or a slice's.

use hecate_om_manifest::ServiceName;
use heck::ToSnakeCase;

/// The longest label of a DNS name (RFC 1035): the service's certificate is made out to it.
const MAX: usize = 63;

/// The words that Rust keeps to itself (the reference's strict and reserved keywords, edition 2024).
const KEYWORDS: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate",
    "do", "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl",
    "in", "let", "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref",
    "return", "self", "static", "struct", "super", "trait", "true", "try", "type", "typeof",
    "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

/// Crates that the generated packages depend on or the compiler brings, and folders that Cargo builds in.
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

/// Names whose type would hide one that the generated source uses.
const HIDING: &[&str] = &[
    "capability",
    "decided",
    "err",
    "found",
    "happened",
    "ok",
    "refusal",
    "result",
    "string",
    "vec",
];

/// The slices that a new workspace has.
const SLICES: &[&str] = &["project_notes", "query_notes", "take_note"];

/// Why `name` cannot be a service's.
pub(super) fn service(name: &str, slices: bool) -> Result<(), String> {
    name.parse::<ServiceName>()
        .map_err(|error| error.to_string())?;
    let refused = |why: &str| Err(format!("the service name `{name}` {why}"));
    if name.len() > MAX {
        return refused(&format!(
            "is {} bytes long, and one label of a DNS name has {MAX} at most",
            name.len()
        ));
    }
    if !name.starts_with(|c: char| c.is_ascii_lowercase()) {
        return refused("starts with a digit, which no crate does: start with a letter");
    }
    if name.contains('.') {
        return refused("has a `.`, which no crate has: write `-` instead");
    }
    if !is_image_path(name) {
        return refused(
            "cannot be an image's: between letters and digits stand hyphens, or one or two `_`",
        );
    }
    let snake = name.replace('-', "_");
    if slices && SLICES.contains(&snake.as_str()) {
        return refused("is one of its slices'");
    }
    free(&snake).or_else(|why| refused(&why))
}

/// Why `name` cannot be a slice's, else the name in snake case.
pub(super) fn slice(name: &str) -> Result<String, String> {
    let refused = |why: &str| Err(format!("the slice name `{name}` {why}"));
    let snake = name.to_snake_case();
    let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if name.replace('-', "_") != snake
        || !snake.starts_with(|c: char| c.is_ascii_lowercase())
        || !snake.chars().all(is_word)
        || snake.len() > MAX
    {
        return refused("is no crate's: write lower-case words, as in `embed_corpus`");
    }
    if hecate_om_manifest::is_reserved(&snake) {
        return refused("is a capability's that every service answers by itself");
    }
    match free(&snake) {
        Ok(()) => Ok(snake),
        Err(why) => refused(&why),
    }
}

fn free(snake: &str) -> Result<(), String> {
    if KEYWORDS.contains(&snake) {
        return Err("is a word of Rust's own".into());
    }
    match TAKEN.contains(&snake) || HIDING.contains(&snake) {
        true => Err("is taken: the generated packages use that name".into()),
        false => Ok(()),
    }
}

/// One component of a repository's name, as the OCI distribution specification has it, without dots.
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
    fn odd_but_legal_names_are_a_services() {
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
    fn what_wire_crate_or_image_would_refuse_is_refused_with_the_reason() {
        for (name, why) in [
            ("", "is empty"),
            ("Hecate", "`H` at character 1"),
            ("new service", "is not allowed"),
            ("élan", "is not allowed"),
            ("a/b", "is not allowed"),
            ("-a", "is not allowed"),
            ("9lives", "starts with a digit"),
            ("a.b", "has a `.`"),
            ("a-", "cannot be an image's"),
            ("a___b", "cannot be an image's"),
            ("a-_b", "cannot be an image's"),
            ("match", "a word of Rust's own"),
            ("hecate-om", "is taken"),
            ("serde", "is taken"),
            ("take-note", "one of its slices'"),
            (&"n".repeat(64), "64 bytes"),
        ] {
            let error = service(name, true).expect_err(name);
            assert!(error.contains(why), "{name}: {error}");
        }
        assert_eq!(service("take-note", false), Ok(()));
    }

    #[test]
    fn a_slice_is_named_in_snake_case() {
        assert_eq!(slice("embed-corpus").as_deref(), Ok("embed_corpus"));
        assert_eq!(slice("embed_corpus").as_deref(), Ok("embed_corpus"));
        for name in [
            "", "Embed", "9a", "a.b", "../a", "a__b", "info", "match", "serde", "found",
        ] {
            assert!(slice(name).is_err(), "{name}");
        }
    }
}
