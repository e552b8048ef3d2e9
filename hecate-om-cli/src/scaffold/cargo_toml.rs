//! Edits a `Cargo.toml` and preserves its format and comments.

use std::path::{Path, PathBuf};
use std::process::Command;

use toml_edit::{Array, DocumentMut, InlineTable, Item, Value};

use super::changes::Changes;
use crate::file::read;
use crate::output::Failure;

/// Byte order mark, which some editors write and Cargo ignores.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// A `Cargo.toml` on disk.
#[derive(Debug)]
pub(super) struct CargoToml {
    pub(super) file: PathBuf,
    pub(super) document: DocumentMut,
    /// Text on disk.
    text: String,
}

impl CargoToml {
    /// Reads the file in `dir`.
    pub(super) fn read(dir: &Path) -> Result<Self, String> {
        let file = dir.join("Cargo.toml");
        let text =
            read(&file).map_err(|error| format!("cannot read `{}`: {error}", file.display()))?;
        Self::parse(dir, &text)
    }

    pub(super) fn parse(dir: &Path, text: &str) -> Result<Self, String> {
        let file = dir.join("Cargo.toml");
        let document = text
            .parse()
            .map_err(|error| format!("cannot read `{}`: {error}", file.display()))?;
        Ok(Self {
            file,
            document,
            text: text.to_owned(),
        })
    }

    pub(super) fn dir(&self) -> &Path {
        self.file.parent().unwrap_or(Path::new(""))
    }

    pub(super) fn is_workspace(&self) -> bool {
        self.document.contains_key("workspace")
    }

    /// Returns the package table, which before edition 2024 may be named `project`.
    pub(super) fn package(&self) -> Option<&Item> {
        let package = self.document.get("package");
        package.or_else(|| self.document.get("project"))
    }

    /// Writes the file if it was changed.
    pub(super) fn save(&self, changes: &mut Changes) -> Result<(), Failure> {
        let mut text = self.document.to_string();
        if self.text.contains("\r\n") {
            text = text.replace("\r\n", "\n").replace('\n', "\r\n");
        }
        if self.text.starts_with(BYTE_ORDER_MARK) {
            text.insert(0, BYTE_ORDER_MARK);
        }
        if text == self.text {
            return Ok(());
        }
        changes.replace(&self.file, &self.text, &text)
    }
}

/// Returns the value at a path of keys.
pub(super) fn get<'a>(document: &'a DocumentMut, path: &[&str]) -> Option<&'a Item> {
    path.iter()
        .try_fold(document.as_item(), |item, key| item.get(key))
}

/// Returns the value of a key, which before edition 2024 may have `_` in place of `-`.
pub(super) fn get_dashed<'a>(item: &'a Item, key: &str) -> Option<&'a Item> {
    item.get(key)
        .or_else(|| item.get(key.replace('-', "_").as_str()))
}

/// Returns the value of `key.workspace = true`.
pub(super) fn inherited() -> Item {
    let mut table = InlineTable::new();
    table.insert("workspace", true.into());
    table.set_dotted(true);
    Item::Value(table.into())
}

/// Appends to a list in its format: on one line, or one entry per line, with its comments.
pub(super) fn push(list: &mut Array, text: &str) {
    let prefix = |value: &Value| -> String {
        let prefix = value.decor().prefix().and_then(|raw| raw.as_str());
        prefix.unwrap_or_default().to_owned()
    };
    let Some(last) = list.iter().last().map(prefix).filter(|p| p.contains('\n')) else {
        list.push(text);
        return;
    };
    let indent = &last[last.rfind('\n').unwrap_or_default()..];
    // A comment after the last entry follows the value, or its comma.
    let mut comment = list
        .trailing()
        .as_str()
        .unwrap_or_default()
        .trim_end()
        .to_owned();
    let end = list.len() - 1;
    if let Some(value) = list.get_mut(end) {
        let suffix = value.decor().suffix().and_then(|raw| raw.as_str());
        comment = format!("{}{comment}", suffix.unwrap_or_default().trim_end());
        value.decor_mut().set_suffix("");
    }
    let mut value = Value::from(text);
    value.decor_mut().set_prefix(format!("{comment}{indent}"));
    list.push_formatted(value);
    list.set_trailing("\n");
    list.set_trailing_comma(true);
}

/// Returns why Cargo refuses the package or workspace of this file. Returns `None` if Cargo accepts
/// the file or cannot be run.
pub(super) fn refusal(file: &Path) -> Option<String> {
    let mut metadata = Command::new("cargo");
    metadata
        .args([
            "metadata",
            "--no-deps",
            "--offline",
            "--format-version=1",
            "--manifest-path",
        ])
        .arg(file)
        // Do not run in the package's folder: rustup might download the toolchain of its toolchain
        // file.
        .current_dir(std::env::temp_dir());
    let output = metadata.output().ok()?;
    let text = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    (!output.status.success()).then_some(text)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn pushed(list: &str) -> String {
        let mut document: DocumentMut = format!("{list}\n").parse().unwrap();
        push(document["a"].as_array_mut().unwrap(), "new");
        let text = document.to_string();
        assert!(text.parse::<DocumentMut>().is_ok(), "{text}");
        text.trim_end().to_owned()
    }

    #[test]
    fn a_list_keeps_its_form_and_its_comments() {
        for (before, after) in [
            (r"a = []", r#"a = ["new"]"#),
            (r#"a = ["b"]"#, r#"a = ["b", "new"]"#),
            ("a = [\n    \"b\",\n]", "a = [\n    \"b\",\n    \"new\",\n]"),
            ("a = [\n  \"b\"\n]", "a = [\n  \"b\",\n  \"new\",\n]"),
            (
                "a = [\n    \"b\", # one\n    # last\n]",
                "a = [\n    \"b\", # one\n    # last\n    \"new\",\n]",
            ),
            (
                "a = [\n    # first\n    \"b\" # one\n]",
                "a = [\n    # first\n    \"b\", # one\n    \"new\",\n]",
            ),
        ] {
            assert_eq!(pushed(before), after);
        }
    }

    #[test]
    fn line_endings_and_a_byte_order_mark_are_preserved() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("Cargo.toml");
        fs::write(
            &file,
            "\u{feff}[workspace]\r\n# members\r\nmembers = [\r\n    \"b\",\r\n]\r\n",
        )
        .unwrap();
        let mut manifest = CargoToml::read(dir.path()).unwrap();
        let list = manifest.document["workspace"]["members"]
            .as_array_mut()
            .unwrap();
        push(list, "new");
        let mut changes = Changes::default();
        manifest.save(&mut changes).unwrap();
        changes.commit();
        assert_eq!(
            fs::read_to_string(&file).unwrap(),
            "\u{feff}[workspace]\r\n# members\r\nmembers = [\r\n    \"b\",\r\n    \"new\",\r\n]\r\n"
        );
    }
}
