//! The generated crate's `Cargo.toml` and folder.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;

use toml_edit::{Array, DocumentMut, InlineTable, Item, Table, value};

use super::text::one_line;
use crate::file;
use crate::framework::Framework;
use crate::output::Failure;

/// Text that marks generated files. Files without it belong to the user.
pub(super) const MARK: &str =
    "Written by `hecate-om client`: run it again instead of editing this file.";

/// Beginnings of the line with the mark.
const MARKED: [&str; 2] = [
    "# Written by `hecate-om client`",
    "//! Written by `hecate-om client`",
];

const CARGO_TOML: &str = "Cargo.toml";

/// Library names of the compiler and of the generated crate's dependencies.
const TAKEN: [&str; 8] = [
    "alloc",
    "core",
    "hecate_om",
    "proc_macro",
    "serde",
    "serde_json",
    "std",
    "test",
];

/// Returns whether a package can have this name and be used from Rust.
pub(super) fn is_name(package: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let library = package.replace('-', "_");
    package.starts_with(|c: char| c.is_ascii_alphabetic())
        && package.chars().all(allowed)
        && syn::parse_str::<syn::Ident>(&library).is_ok()
        && !TAKEN.contains(&library.as_str())
}

/// Generates `Cargo.toml`, with its path in the folder.
pub(super) fn cargo_toml(
    package: &str,
    service: &str,
    framework: &Framework,
    needs_json: bool,
) -> (&'static str, String) {
    let mut about = Table::new();
    about.decor_mut().set_prefix(format!("# {MARK}\n"));
    about["name"] = value(package);
    about["description"] = value(one_line(&format!("Client of {service}")));
    about["version"] = value("0.1.0");
    about["edition"] = value("2024");
    about["publish"] = value(false);
    let mut lib = Table::new();
    // Documentation comes from the provider: its code blocks must not run in the caller's tests.
    lib["doctest"] = value(false);
    let mut serde = InlineTable::new();
    serde.insert("version", "1".into());
    serde.insert("features", Array::from_iter(["derive"]).into());
    let mut dependencies = Table::new();
    dependencies["hecate-om"] = value(framework.dependency());
    dependencies["serde"] = value(serde);
    if needs_json {
        dependencies["serde_json"] = value("1");
    }
    let mut document = DocumentMut::new();
    document["package"] = Item::Table(about);
    document["lib"] = Item::Table(lib);
    document["dependencies"] = Item::Table(dependencies);
    (CARGO_TOML, document.to_string())
}

/// Writes the files into the folder, unless the user has files of these names there.
pub(super) fn write(folder: &Path, files: &[(&str, String)]) -> Result<(), Failure> {
    refuse_foreign(folder, files)?;
    for (name, text) in files {
        write_if_changed(&folder.join(name), text)?;
    }
    Ok(())
}

fn refuse_foreign(folder: &Path, files: &[(&str, String)]) -> Result<(), Failure> {
    let refused = |why: &str| {
        Err(Failure::new(
            "no_client",
            format!(
                "`{}` {why}, so nothing was written; name a new or empty folder with `--out`",
                folder.display()
            ),
        ))
    };
    let mut entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound && !is_there(folder) => return Ok(()),
        Err(error) if error.kind() == ErrorKind::NotADirectory => {
            return refused("is not a folder");
        }
        Err(error) => return Err(failed(folder, &error)),
    };
    if entries.next().is_none() {
        return Ok(());
    }
    if !is_there(&folder.join(CARGO_TOML)) {
        return refused("has files that `hecate-om client` did not write");
    }
    for (name, _) in files {
        let path = folder.join(name);
        if is_there(&path) && !is_marked(&path) {
            return refused(&format!(
                "has a `{name}` that `hecate-om client` did not write"
            ));
        }
    }
    Ok(())
}

/// Returns whether the path exists, even as a broken link.
fn is_there(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

/// Returns whether the file has the mark of an earlier run.
fn is_marked(path: &Path) -> bool {
    let is_mark = |line: &str| MARKED.iter().any(|mark| line.starts_with(mark));
    file::read(path).is_ok_and(|text| text.lines().any(is_mark))
}

/// Writes a file if its content differs, because Cargo rebuilds files that were written.
fn write_if_changed(path: &Path, text: &str) -> Result<(), Failure> {
    if file::read(path).is_ok_and(|there| there == text) {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|error| failed(folder, &error))?;
    }
    fs::write(path, text).map_err(|error| failed(path, &error))
}

fn failed(path: &Path, error: &io::Error) -> Failure {
    Failure::new("failed", format!("`{}`: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_providers_name_stays_text_in_the_generated_manifest() {
        let name = "x\"\n[dependencies]\nevil = \"1\"\u{1b}[31m'''\"\"\"\\";
        let (_, text) = cargo_toml("x-client", name, &Framework::default(), true);
        let document: DocumentMut = text.parse().expect("it is TOML");
        let description = document["package"]["description"].as_str();
        assert_eq!(
            description,
            Some("Client of x\" [dependencies] evil = \"1\"\u{fffd}[31m'''\"\"\"\\")
        );
        let dependencies = document["dependencies"].as_table().expect("a table");
        let names: Vec<&str> = dependencies.iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["hecate-om", "serde", "serde_json"]);
        assert!(!text.contains('\u{1b}'), "{text}");
    }

    #[test]
    fn the_providers_documentation_is_not_run_as_a_test() {
        let (_, text) = cargo_toml("x-client", "x", &Framework::default(), false);
        let document: DocumentMut = text.parse().expect("it is TOML");
        assert_eq!(document["lib"]["doctest"].as_bool(), Some(false));
    }

    #[test]
    fn a_package_has_a_name_that_rust_code_can_use() {
        for name in ["rag-client", "a", "A_b-3"] {
            assert!(is_name(name), "{name}");
        }
        for name in [
            "",
            "1st",
            "_",
            "fn",
            "self",
            "std",
            "serde",
            "serde-json",
            "hecate-om",
            "a b",
            "a\"",
            "../x",
            "é",
        ] {
            assert!(!is_name(name), "{name}");
        }
    }
}
