//! Source of hecate-om in a generated `Cargo.toml`.

use std::path::Path;

use toml_edit::InlineTable;

/// Where a generated package takes hecate-om from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Framework {
    /// The registry, by a version requirement.
    Version(String),
    /// A checkout, by the absolute path of its root.
    Path(String),
    /// A repository, by its URL.
    Git(String),
}

impl Default for Framework {
    fn default() -> Self {
        Self::Version(env!("CARGO_PKG_VERSION").to_owned())
    }
}

impl Framework {
    /// Reads `path:<dir>`, `git:<url>` or a version requirement.
    ///
    /// # Errors
    ///
    /// The reason, for a person, if the text is none of these.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let wrong = |why: &str| Err(format!("the framework `{text}` {why}"));
        match text.split_once(':') {
            // Cargo resolves a path from the package's folder, a person from the current one.
            Some(("path", dir)) => match Path::new(dir).canonicalize() {
                Ok(dir) if dir.join("hecate-om/Cargo.toml").is_file() => match dir.to_str() {
                    Some(dir) if is_plain(dir) => Ok(Self::Path(dir.to_owned())),
                    _ => wrong("has a quote, `\\` or a line break in its path; use another folder"),
                },
                _ => wrong("has no `hecate-om/Cargo.toml` in it; give the root of a checkout"),
            },
            Some(("git", url)) if is_url(url) => Ok(Self::Git(url.to_owned())),
            None if is_version(text) => Ok(Self::Version(text.to_owned())),
            _ => wrong("is not a source; write `path:<dir>`, `git:<url>` or a version"),
        }
    }

    /// Whether only this machine has it.
    pub(crate) const fn is_local(&self) -> bool {
        matches!(self, Self::Path(_))
    }

    /// The dependency on hecate-om without its default features.
    pub(crate) fn dependency(&self) -> InlineTable {
        let (key, value) = match self {
            Self::Version(version) => ("version", version.clone()),
            Self::Path(root) => ("path", format!("{root}/hecate-om")),
            Self::Git(url) => ("git", url.clone()),
        };
        let mut dependency = InlineTable::new();
        dependency.insert(key, value.into());
        dependency.insert("default-features", false.into());
        dependency
    }
}

/// Whether a path can be written between quotes unescaped.
fn is_plain(path: &str) -> bool {
    !path.contains(|c: char| c.is_control() || matches!(c, '"' | '\\' | '\''))
}

/// Whether a URL can be written in TOML and in a shell command unescaped.
fn is_url(url: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/:@._~+-".contains(c);
    !url.is_empty() && !url.starts_with('-') && url.chars().all(plain)
}

/// Whether a text can be a version requirement; Cargo checks the rest.
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
        let read = |text: &str| Framework::parse(text).map(|from| from.dependency().to_string());
        let path = read(concat!("path:", env!("CARGO_MANIFEST_DIR"), "/..")).unwrap();
        assert!(
            path.contains("/hecate-om\"") && path.starts_with("{ path = "),
            "{path}"
        );
        let git = read("git:https://forge.example/hecate-om").unwrap();
        assert!(
            git.contains("git = \"https://forge.example/hecate-om\""),
            "{git}"
        );
        let version = read("=0.3.1-rc.1").unwrap();
        assert!(version.contains("version = \"=0.3.1-rc.1\""), "{version}");
        for wrong in [
            "",
            "path:/nowhere",
            "path:",
            "git:",
            "git:-x",
            "here",
            "0.1\"\n[x]",
            "svn:x",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
