//! Replacements of crates, which Cargo reads only in a workspace's root.

use std::path::Path;

use toml_edit::{DocumentMut, InlineTable, Item, Table};

use super::cargo_toml::{CargoToml, get};
use super::inherit;

/// Path of the replacements of crates from the registry.
const CRATES: [&str; 2] = ["patch", "crates-io"];

/// Replaced crate, and the folder of its replacement in the repository of hecate-om.
const SIGNATURES: (&str, &str) = ("macula-mldsa", "hecate-om-mldsa");

/// Adds the replaced crates of a rendered `Cargo.toml` to a workspace that replaces none of them,
/// and returns whether it did.
pub(super) fn add(root: &mut CargoToml, rendered: &DocumentMut) -> bool {
    let Some(crates) = get(rendered, &CRATES).and_then(Item::as_table) else {
        return false;
    };
    let is_replaced = |name| get(&root.document, &[CRATES[0], CRATES[1], name]).is_some();
    if crates.iter().any(|(name, _)| is_replaced(name)) {
        return false;
    }
    let mut crates = crates.clone();
    let inherited = inherit::framework(root, rendered).and_then(beside);
    if let Some(replacement) = inherited {
        crates[SIGNATURES.0] = Item::Value(replacement.into());
    }
    if let Some(theirs) = get(&root.document, &CRATES) {
        if !theirs.is_table_like() {
            return false;
        }
        let theirs = &mut root.document[CRATES[0]][CRATES[1]];
        for (name, replacement) in &crates {
            theirs[name] = replacement.clone();
        }
        return true;
    }
    let mut parent = Table::new();
    parent.set_implicit(true);
    let parent = root
        .document
        .entry(CRATES[0])
        .or_insert(Item::Table(parent));
    let Some(parent) = parent.as_table_like_mut() else {
        return false;
    };
    crates.set_position(None);
    parent.insert(CRATES[1], Item::Table(crates));
    true
}

/// Returns the replacement from the source of hecate-om, or `None` if that is a registry.
fn beside(framework: &Item) -> Option<InlineTable> {
    let mut replacement = InlineTable::new();
    if let Some(path) = framework.get("path").and_then(Item::as_str) {
        let path = Path::new(path).with_file_name(SIGNATURES.1);
        replacement.insert("path", path.to_str()?.into());
    } else if framework.get("git").is_some() {
        for key in ["git", "branch", "tag", "rev"] {
            if let Some(value) = framework.get(key).and_then(Item::as_str) {
                replacement.insert(key, value.into());
            }
        }
    }
    (!replacement.is_empty()).then_some(replacement)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RENDERED: &str =
        "[package]\nname = \"a\"\n\n# Fast.\n[patch.crates-io]\none = { path = \"/one\" }\n";

    fn added(root: &str) -> Option<String> {
        let mut root = CargoToml::parse(Path::new("/w"), root).unwrap();
        let is_added = add(&mut root, &RENDERED.parse().unwrap());
        is_added.then(|| root.document.to_string())
    }

    #[test]
    fn a_workspace_without_replacements_gets_those_of_the_template() {
        let patch = "\n# Fast.\n[patch.crates-io]\none = { path = \"/one\" }\n";
        assert_eq!(
            added("[workspace]\n"),
            Some(format!("[workspace]\n{patch}"))
        );
    }

    #[test]
    fn replacements_are_added_to_those_of_the_workspace() {
        let root = "[patch.crates-io]\ntwo = { path = \"/two\" }\n";
        let both = format!("{root}one = {{ path = \"/one\" }}\n");
        assert_eq!(added(root), Some(both));
    }

    #[test]
    fn the_replacement_has_the_source_of_hecate_om_in_the_workspace() {
        let rendered = "[dependencies]\nhecate-om = { version = \"0.1\", default-features = false }\n\n\
                        [patch.crates-io]\nmacula-mldsa = { git = \"https://forge.example/ours\", tag = \"v0.1.0\" }\n";
        for (framework, replacement) in [
            (
                r#"{ path = "../om/hecate-om" }"#,
                r#"{ path = "../om/hecate-om-mldsa" }"#,
            ),
            (
                r#"{ git = "https://forge.example/om", rev = "12ab", features = ["otlp"] }"#,
                r#"{ git = "https://forge.example/om", rev = "12ab" }"#,
            ),
            (
                r#""0.1""#,
                r#"{ git = "https://forge.example/ours", tag = "v0.1.0" }"#,
            ),
            // The service depends on 0.1 of the registry, in place of this.
            (
                r#"{ path = "om", version = "0.2" }"#,
                r#"{ git = "https://forge.example/ours", tag = "v0.1.0" }"#,
            ),
        ] {
            let root = format!("[workspace.dependencies]\nhecate-om = {framework}\n");
            let mut root = CargoToml::parse(Path::new("/w"), &root).unwrap();
            assert!(add(&mut root, &rendered.parse().unwrap()));
            let text = root.document.to_string();
            let line = format!("\nmacula-mldsa = {replacement}\n");
            assert!(text.ends_with(&line), "{framework}: {text}");
        }
    }

    #[test]
    fn a_workspace_that_replaces_the_crate_is_unchanged() {
        for root in [
            "[patch.crates-io]\none = { git = \"https://forge.example/one\" }\n",
            "[patch.crates-io.one]\npath = \"/other\"\n",
            "patch = 1\n",
            "[patch]\ncrates-io = 1\n",
        ] {
            assert_eq!(added(root), None, "{root}");
        }
    }
}
