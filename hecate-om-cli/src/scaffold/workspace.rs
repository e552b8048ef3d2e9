//! Finds and edits the Cargo workspace of a folder.

use std::path::{Component, Path, PathBuf};

use glob::{MatchOptions, Pattern};
use toml_edit::{Array, Item, Table};

use super::cargo_toml::{CargoToml, get, push};

/// Finds the workspace of a package in `dir`, which need not exist.
pub(super) fn around(dir: &Path) -> Result<Option<CargoToml>, String> {
    for ancestor in dir.ancestors().skip(1) {
        if !ancestor.join("Cargo.toml").is_file() {
            continue;
        }
        let manifest = CargoToml::read(ancestor)
            .map_err(|why| format!("{why}; Cargo needs it for every package below"))?;
        if manifest.is_workspace() {
            if excludes(&manifest, dir) {
                continue;
            }
            return Ok(Some(manifest));
        }
        if let Some(root) = pointed(&manifest)? {
            return Ok(Some(root));
        }
    }
    Ok(None)
}

/// Finds the workspace of an existing package. Returns `None` if the package is the root, or has no
/// workspace.
pub(super) fn enclosing(package: &CargoToml) -> Result<Option<CargoToml>, String> {
    if package.is_workspace() {
        return Ok(None);
    }
    match pointed(package)? {
        Some(root) => Ok(Some(root)),
        None => around(package.dir()),
    }
}

/// Reads the root that `package.workspace` names.
fn pointed(manifest: &CargoToml) -> Result<Option<CargoToml>, String> {
    let pointer = manifest
        .package()
        .and_then(|package| package.get("workspace"));
    match pointer.and_then(Item::as_str) {
        Some(root) => CargoToml::read(&normal(&manifest.dir().join(root))).map(Some),
        None => Ok(None),
    }
}

/// Refuses resolver 1, which builds members with the features of their dev-dependencies.
pub(super) fn check_resolver(root: &CargoToml) -> Result<(), String> {
    let of = |path: &[&str]| get(&root.document, path).and_then(Item::as_str);
    let given = of(&["workspace", "resolver"]).or_else(|| of(&["package", "resolver"]));
    // The default is 1 in a virtual workspace, and depends on the edition in a package.
    let resolves_once = match (given, root.package()) {
        (Some(resolver), _) => resolver == "1",
        (None, None) => true,
        (None, Some(package)) => {
            let inherited = of(&["workspace", "package", "edition"]);
            let edition = match package.get("edition") {
                Some(edition) => edition.as_str().or(inherited),
                None => None,
            };
            edition.is_none_or(|edition| matches!(edition, "2015" | "2018"))
        }
    };
    if resolves_once {
        return Err(format!(
            "the workspace `{}` has resolver 1, which builds the development station into the release image; set \
             `resolver = \"2\"` or \"3\" in its `[workspace]`",
            root.file.display()
        ));
    }
    Ok(())
}

/// Adds `pattern` to the members, unless the package in `dir` is a member already. `pattern` is the
/// package's path, or a glob for it and its siblings.
pub(super) fn add_member(root: &mut CargoToml, dir: &Path, pattern: &str) -> Result<(), String> {
    if covers(root, "members", dir) && !excludes(root, dir) {
        return Ok(());
    }
    push(list(root, "members")?, pattern);
    Ok(())
}

/// Adds the package in `dir` to the default members, if the package in `like` is a default member.
pub(super) fn add_default_member(
    root: &mut CargoToml,
    dir: &Path,
    like: &Path,
) -> Result<(), String> {
    if covers(root, "default-members", like) && !covers(root, "default-members", dir) {
        let path = relative(root.dir(), dir);
        push(list(root, "default-members")?, &path);
    }
    Ok(())
}

fn list<'a>(root: &'a mut CargoToml, key: &str) -> Result<&'a mut Array, String> {
    let not_a_list = format!(
        "`workspace.{key}` in `{}` is not a list",
        root.file.display()
    );
    let workspace = root
        .document
        .entry("workspace")
        .or_insert_with(|| Item::Table(Table::new()));
    let workspace = workspace
        .as_table_like_mut()
        .ok_or_else(|| not_a_list.clone())?;
    let list = workspace
        .entry(key)
        .or_insert_with(|| toml_edit::value(Array::new()));
    list.as_array_mut().ok_or(not_a_list)
}

fn patterns<'a>(root: &'a CargoToml, key: &str) -> impl Iterator<Item = &'a str> {
    let list = get(&root.document, &["workspace", key]).and_then(Item::as_array);
    list.into_iter()
        .flatten()
        .filter_map(|value| value.as_str())
}

/// Returns whether a list matches the package in `dir`, by Cargo's rules.
fn covers(root: &CargoToml, key: &str, dir: &Path) -> bool {
    let options = MatchOptions {
        require_literal_separator: true,
        ..MatchOptions::new()
    };
    let path = relative(root.dir(), dir);
    patterns(root, key).any(|pattern| {
        let pattern = relative(Path::new("/"), &normal(&Path::new("/").join(pattern)));
        pattern == path
            || Pattern::new(&pattern).is_ok_and(|pattern| pattern.matches_with(&path, options))
    })
}

/// Returns whether `workspace.exclude` has the folder or a parent of it, and `workspace.members`
/// does not.
fn excludes(root: &CargoToml, dir: &Path) -> bool {
    let names =
        |key| patterns(root, key).any(|path| dir.starts_with(normal(&root.dir().join(path))));
    names("exclude") && !names("members")
}

/// Returns the absolute path of a folder that need not exist, with symbolic links resolved.
pub(super) fn absolute(dir: &Path) -> std::io::Result<PathBuf> {
    let dir = normal(&std::path::absolute(dir)?);
    for ancestor in dir.ancestors() {
        if let Ok(real) = ancestor.canonicalize() {
            let rest = dir.strip_prefix(ancestor).unwrap_or(Path::new(""));
            return Ok(real.join(rest));
        }
    }
    Ok(dir)
}

/// Removes `.` and `..` from a path.
pub(super) fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => drop(normal.pop()),
            other => normal.push(other),
        }
    }
    normal
}

/// Returns the relative path between two absolute folders, with `/`; `.` for the same folder.
pub(super) fn relative(from: &Path, to: &Path) -> String {
    let shared = from.components().zip(to.components());
    let shared = shared.take_while(|(a, b)| a == b).count();
    let up = from.components().skip(shared).map(|_| "..".to_owned());
    let down = to.components().skip(shared);
    let down = down.map(|part| part.as_os_str().to_string_lossy().into_owned());
    let path = up.chain(down).collect::<Vec<_>>().join("/");
    if path.is_empty() { ".".into() } else { path }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// Creates a workspace with these lines under `[workspace]`, on disk.
    fn workspace(lines: &str) -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        fs::write(
            dir.path().join("Cargo.toml"),
            format!("[workspace]\n{lines}\n"),
        )
        .unwrap();
        let root = dir.path().canonicalize().unwrap();
        (dir, root)
    }

    #[test]
    fn a_member_is_listed_unless_a_pattern_covers_it() {
        for (lines, path, listed) in [
            ("", "a", Some("[\"a\"]")),
            ("members = [\"b\"]", "a", Some("[\"b\", \"a\"]")),
            ("members = [\"./a/\"]", "a", None),
            ("members = [\"services/*\"]", "services/a", None),
            (
                "members = [\"services/*\"]",
                "services/a/apps/b",
                Some("[\"services/*\", \"services/a/apps/b\"]"),
            ),
            ("members = [\"services/**\"]", "services/a/apps/b", None),
            ("members = [\"s[ae]rvices/?\"]", "services/a", None),
            (
                "members = [\"services/*\"]\nexclude = [\"services/a\"]",
                "services/a",
                Some("[\"services/*\", \"services/a\"]"),
            ),
        ] {
            let (_dir, root) = workspace(lines);
            let mut manifest = CargoToml::read(&root).unwrap();
            let before = manifest.document.to_string();
            add_member(&mut manifest, &root.join(path), path).unwrap();
            let after = manifest.document.to_string();
            match listed {
                Some(list) => assert!(after.contains(&format!("members = {list}\n")), "{after}"),
                None => assert_eq!(before, after),
            }
        }
    }

    #[test]
    fn a_workspace_with_resolver_1_is_refused() {
        let checked = |text: &str| {
            check_resolver(&CargoToml::parse(Path::new("/w"), text).unwrap()).map_err(|why| {
                assert!(why.contains("`/w/Cargo.toml` has resolver 1"), "{why}");
            })
        };
        for text in [
            "[workspace]\n",
            "[workspace]\nresolver = \"1\"\n[package]\nedition = \"2024\"\n",
            "[workspace.package]\nedition = \"2024\"\n",
            "[workspace]\n[package]\nname = \"a\"\n",
            "[workspace.package]\nedition = \"2018\"\n[package]\nedition.workspace = true\n",
            "[workspace]\n[package]\nedition = \"2021\"\nresolver = \"1\"\n",
        ] {
            assert!(checked(text).is_err(), "{text}");
        }
        for text in [
            "[workspace]\nresolver = \"2\"\n",
            "[workspace]\nresolver = \"3\"\n[package]\nedition = \"2018\"\n",
            "[workspace]\n[package]\nedition = \"2021\"\n",
            "[workspace.package]\nedition = \"2024\"\n[package]\nedition.workspace = true\n",
            "[workspace]\n[package]\nedition = \"2018\"\nresolver = \"2\"\n",
        ] {
            assert_eq!(checked(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn the_workspace_is_the_one_that_cargo_finds() {
        let (_dir, root) = workspace("exclude = [\"out\", \"half\"]\nmembers = [\"half/in\"]");
        let found = |path: &str| {
            let around = around(&root.join(path)).unwrap();
            around.map(|found| found.dir().to_owned())
        };
        assert_eq!(found("a/b/c"), Some(root.clone()));
        assert_eq!(found("out/a"), None);
        assert_eq!(found("half/in/a"), Some(root.clone()));
        assert_eq!(found("half/on"), None);
        // A member between the root and the folder, and a member that belongs to another workspace.
        fs::create_dir_all(root.join("member")).unwrap();
        let manifest = root.join("member/Cargo.toml");
        fs::write(&manifest, "[package]\nname = \"m\"\n").unwrap();
        assert_eq!(found("member/a"), Some(root.clone()));
        fs::create_dir_all(root.join("other")).unwrap();
        fs::write(root.join("other/Cargo.toml"), "[workspace]\n").unwrap();
        fs::write(
            &manifest,
            "[package]\nname = \"m\"\nworkspace = \"../other\"\n",
        )
        .unwrap();
        assert_eq!(found("member/a"), Some(root.join("other")));
        fs::write(&manifest, "[package\n").unwrap();
        let why = around(&root.join("member/a")).unwrap_err();
        assert!(
            why.contains("member/Cargo.toml") && why.contains("every package below"),
            "{why}"
        );
    }

    #[test]
    fn paths_are_relative_as_cargo_has_them() {
        let relative = |from: &str, to: &str| relative(Path::new(from), Path::new(to));
        assert_eq!(relative("/a", "/a/b/c"), "b/c");
        assert_eq!(relative("/a/b", "/a/c"), "../c");
        assert_eq!(relative("/a", "/a"), ".");
    }
}
