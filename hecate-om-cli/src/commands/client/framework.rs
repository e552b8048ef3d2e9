//! Where a generated crate takes hecate-om from.

use std::path::Path;

use toml_edit::InlineTable;

/// The key and the value that name a source in `Cargo.toml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Framework {
    key: &'static str,
    value: String,
}

impl Default for Framework {
    fn default() -> Self {
        Self::new("version", env!("CARGO_PKG_VERSION"))
    }
}

impl Framework {
    fn new(key: &'static str, value: impl Into<String>) -> Self {
        let value = value.into();
        Self { key, value }
    }

    /// Reads `path:<dir>`, `git:<url>` or a version.
    pub(super) fn read(text: Option<&str>) -> Result<Self, String> {
        let Some(text) = text else {
            return Ok(Self::default());
        };
        let wrong = |why: &str| {
            Err(format!(
                "the framework `{text}` {why}: write `path:<dir>`, `git:<url>` or a version"
            ))
        };
        match text.split_once(':') {
            // Cargo takes a path from where the crate is, and people give one from where they are.
            Some(("path", dir)) => match Path::new(dir).canonicalize() {
                Ok(dir) if dir.join("hecate-om/Cargo.toml").is_file() => {
                    match dir.join("hecate-om").to_str() {
                        Some(dir) => Ok(Self::new("path", dir)),
                        None => wrong("is not a path of Unicode"),
                    }
                }
                _ => wrong("has no `hecate-om/Cargo.toml` in it"),
            },
            Some(("git", url)) if !url.is_empty() => Ok(Self::new("git", url)),
            None if is_version(text) => Ok(Self::new("version", text)),
            _ => wrong("is not a source"),
        }
    }

    pub(super) fn dependency(&self) -> InlineTable {
        let mut dependency = InlineTable::new();
        dependency.insert(self.key, self.value.as_str().into());
        dependency.insert("default-features", false.into());
        dependency
    }
}

/// Whether a text can be a version's requirement: Cargo reads the rest of it.
fn is_version(text: &str) -> bool {
    let number = text.trim_start_matches(['=', '^', '~']);
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+');
    number.starts_with(|c: char| c.is_ascii_digit()) && number.chars().all(is_part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_framework_is_a_folder_a_repository_or_a_version() {
        let read = |text: &str| Framework::read(Some(text)).map(|of| of.dependency().to_string());
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
        let path = read(&format!("path:{root}")).unwrap();
        assert!(
            path.contains("/hecate-om\"") && path.starts_with("{ path = "),
            "{path}"
        );
        let git = read("git:https://forge.example/hecate-om").unwrap();
        assert!(
            git.contains("git = \"https://forge.example/hecate-om\""),
            "{git}"
        );
        assert!(
            read("=0.3.1-rc.1")
                .unwrap()
                .contains("version = \"=0.3.1-rc.1\"")
        );
        for wrong in [
            "",
            "path:/nowhere",
            "path:",
            "git:",
            "here",
            "0.1\"\n[x]",
            "svn:x",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
