//! Replacements of crates, which Cargo reads only in a workspace's root.

use toml_edit::{DocumentMut, Item, Table};

use super::cargo_toml::{CargoToml, get};

/// Path of the replacements of crates from the registry.
const CRATES: [&str; 2] = ["patch", "crates-io"];

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
    if let Some(theirs) = get(&root.document, &CRATES) {
        if !theirs.is_table_like() {
            return false;
        }
        let theirs = &mut root.document[CRATES[0]][CRATES[1]];
        for (name, replacement) in crates {
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
    let mut crates = crates.clone();
    crates.set_position(None);
    parent.insert(CRATES[1], Item::Table(crates));
    true
}

#[cfg(test)]
mod tests {
    use std::path::Path;

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
