//! Profiles of dependencies, which Cargo reads only in a workspace's root.

use toml_edit::{DocumentMut, Item, Table, TableLike};

use super::cargo_toml::{CargoToml, get};

/// Path of the profiles of dependencies in debug builds.
const PACKAGES: [&str; 3] = ["profile", "dev", "package"];

/// Adds the optimised packages of a rendered `Cargo.toml` to a workspace that sets none of their
/// profiles, and returns whether it did.
pub(super) fn add(root: &mut CargoToml, rendered: &DocumentMut) -> bool {
    let optimised: Vec<(String, Table)> = get(rendered, &PACKAGES)
        .and_then(Item::as_table)
        .into_iter()
        .flat_map(Table::iter)
        .filter_map(|(name, profile)| Some((name.to_owned(), profile.as_table()?.clone())))
        .filter(|(_, profile)| profile.contains_key("opt-level"))
        .collect();
    if decides(
        &root.document,
        optimised.iter().map(|(name, _)| name.as_str()),
    ) {
        return false;
    }
    let Some(packages) = packages(&mut root.document) else {
        return false;
    };
    for (name, mut profile) in optimised {
        profile.set_position(None);
        packages.insert(&name, Item::Table(profile));
    }
    true
}

/// Returns whether a workspace sets the optimisation of these packages, or of all packages, in
/// debug builds.
fn decides<'a>(document: &DocumentMut, mut names: impl Iterator<Item = &'a str>) -> bool {
    let all = ["opt-level"];
    let is_set = |path: &[&str]| get(document, path).is_some();
    is_set(&[&PACKAGES[..2], &all].concat())
        || is_set(&[&PACKAGES[..], &["*"], &all].concat())
        || names.any(|name| is_set(&[&PACKAGES[..], &[name]].concat()))
}

/// Returns the table of package profiles; `None` if a key on its path is not a table.
fn packages(document: &mut DocumentMut) -> Option<&mut dyn TableLike> {
    let mut table: &mut dyn TableLike = document.as_table_mut();
    for key in PACKAGES {
        let mut empty = Table::new();
        empty.set_implicit(true);
        table = table
            .entry(key)
            .or_insert(Item::Table(empty))
            .as_table_like_mut()?;
    }
    Some(table)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    const RENDERED: &str = "[package]\nname = \"a\"\n[profile.dev]\ndebug = 1\n[profile.dev.package.\"*\"]\ndebug = false\n\
                            \n# Slow.\n[profile.dev.package.one]\nopt-level = 3\n[profile.dev.package.two]\nopt-level = 3\n";

    fn added(root: &str) -> Option<String> {
        let mut root = CargoToml::parse(Path::new("/w"), root).unwrap();
        let is_added = add(&mut root, &RENDERED.parse().unwrap());
        is_added.then(|| root.document.to_string())
    }

    #[test]
    fn a_workspace_without_profiles_gets_those_that_optimise() {
        let both = "\n# Slow.\n[profile.dev.package.one]\nopt-level = 3\n[profile.dev.package.two]\nopt-level = 3\n";
        let mut root = "[workspace]\n".to_owned();
        assert_eq!(added(&root), Some(format!("{root}{both}")));
        root.push_str("[profile.dev]\ndebug = 0\n[profile.dev.package.\"*\"]\ndebug = false\n");
        assert_eq!(added(&root), Some(format!("{root}{both}")));
    }

    #[test]
    fn a_workspace_with_settings_of_its_own_is_unchanged() {
        for root in [
            "[profile.dev]\nopt-level = 1\n",
            "[profile.dev.package.\"*\"]\nopt-level = 2\n",
            "[profile.dev.package]\ntwo = { opt-level = 1 }\n",
            "profile.dev = 1\n",
        ] {
            assert_eq!(added(root), None, "{root}");
        }
    }
}
