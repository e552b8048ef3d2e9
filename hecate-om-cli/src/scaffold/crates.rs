//! Names of crates that a new package must not have, because Cargo could not tell the packages
//! apart.

use std::path::Path;

use toml_edit::{DocumentMut, Item};

use crate::file;

/// Crates that a service may link on any platform, from the lock file of this repository.
const LINKED: &str = include_str!("crates.txt");

/// Returns whether services link a crate with this name, in snake case.
pub(super) fn is_linked(snake: &str) -> bool {
    LINKED.lines().any(|name| name.replace('-', "_") == snake)
}

/// Refuses the name of a package in the lock file of the workspace in `dir`.
pub(super) fn refuse_locked(name: &str, dir: &Path) -> Result<(), String> {
    let path = dir.join("Cargo.lock");
    // Without a readable lock file, Cargo reports a conflict later.
    let Ok(lock) = file::read(&path) else {
        return Ok(());
    };
    let snake = name.replace('-', "_");
    match packages(&lock).find(|package| package.replace('-', "_") == snake) {
        None => Ok(()),
        Some(package) => Err(format!(
            "the name `{name}` is taken by the package `{package}` in `{}`; choose another",
            path.display()
        )),
    }
}

/// Returns the names of the packages in a lock file.
fn packages(lock: &str) -> impl Iterator<Item = String> {
    let lock: DocumentMut = lock.parse().unwrap_or_default();
    let packages = lock.get("package").and_then(Item::as_array_of_tables);
    let packages = packages.cloned().unwrap_or_default();
    let name = |package: toml_edit::Table| package.get("name")?.as_str().map(str::to_owned);
    packages.into_iter().filter_map(name)
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use expect_test::expect_file;

    use super::*;

    /// The packages of this repository that a service links.
    const MEMBERS: [&str; 5] = [
        "hecate-om",
        "hecate-om-grammar",
        "hecate-om-macros",
        "hecate-om-manifest",
        "hecate-om-station",
    ];

    fn read(path: &str) -> DocumentMut {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let text = std::fs::read_to_string(root.join(path)).unwrap();
        text.parse().unwrap()
    }

    /// Returns the dependencies of a member of this repository, without dev-dependencies.
    fn depended_on(member: &str) -> BTreeSet<String> {
        let manifest = read(&format!("{member}/Cargo.toml"));
        let mut tables: Vec<&Item> = vec![manifest.as_item()];
        let targets = manifest.get("target").and_then(Item::as_table_like);
        tables.extend(
            targets
                .into_iter()
                .flat_map(|all| all.iter().map(|(_, target)| target)),
        );
        let kinds = ["dependencies", "build-dependencies"];
        let tables = tables.into_iter().flat_map(|of| {
            kinds
                .iter()
                .filter_map(|kind| of.get(kind)?.as_table_like())
        });
        tables
            .flat_map(|table| table.iter().map(|(name, _)| name.to_owned()))
            .collect()
    }

    /// Returns the dependencies of each package in the lock file.
    fn locked() -> BTreeMap<String, BTreeSet<String>> {
        let lock = read("Cargo.lock");
        let mut locked: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for package in lock["package"].as_array_of_tables().unwrap() {
            let all = package.get("dependencies").and_then(Item::as_array);
            let names = all.into_iter().flatten().filter_map(|name| name.as_str());
            // The version follows the name if the lock file has several versions.
            let names = names.map(|name| name.split(' ').next().unwrap().to_owned());
            let name = package["name"].as_str().unwrap().to_owned();
            let known = locked.entry(name.clone()).or_default();
            if package.contains_key("source") {
                known.extend(names);
            } else if MEMBERS.contains(&name.as_str()) {
                let own = depended_on(&name);
                known.extend(names.filter(|name| own.contains(name)));
            }
        }
        locked
    }

    #[test]
    fn the_list_contains_the_crates_that_a_service_may_link() {
        let direct = [
            "hecate-om",
            "hecate-om-manifest",
            "schemars",
            "serde",
            "tokio",
        ];
        let mut open: Vec<String> = direct.map(str::to_owned).into();
        let locked = locked();
        let mut all = BTreeSet::new();
        while let Some(name) = open.pop() {
            if all.insert(name.clone()) {
                open.extend(locked[&name].iter().cloned());
            }
        }
        assert!(MEMBERS.iter().all(|member| all.contains(*member)));
        let lines: String = all.iter().map(|name| format!("{name}\n")).collect();
        expect_file!["crates.txt"].assert_eq(&lines);
    }

    #[test]
    fn a_name_in_the_lock_file_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(refuse_locked("a_b", dir.path()), Ok(()));
        let lock = "version = 4\n[[package]]\nname = \"a-b\"\nversion = \"1.0.0\"\n";
        std::fs::write(dir.path().join("Cargo.lock"), lock).unwrap();
        let why = refuse_locked("a_b", dir.path()).unwrap_err();
        assert!(why.contains("the package `a-b` in"), "{why}");
        assert_eq!(refuse_locked("a", dir.path()), Ok(()));
    }
}
