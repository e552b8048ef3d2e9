//! Source of hecate-om in a generated `Cargo.toml`.

use std::path::Path;

use toml_edit::InlineTable;

/// Source of hecate-om in a generated package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Framework {
    /// The registry, by a version requirement.
    Version(String),
    /// A checkout, by the absolute path of its root.
    Path(String),
    /// A repository, by its URL.
    Git(String),
}

/// URL schemes from which Cargo fetches a repository.
const SCHEMES: [&str; 5] = ["file", "git", "http", "https", "ssh"];

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
    /// Returns why the text has none of these forms.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        if is_version(text) {
            return Ok(Self::Version(text.to_owned()));
        }
        Self::read(text, "`path:<dir>`, `git:<url>` or a version")
    }

    /// Reads `path:<dir>` or `git:<url>`, for a package whose version of hecate-om is fixed.
    ///
    /// # Errors
    ///
    /// Returns why the text has neither form.
    pub(crate) fn checkout(text: &str) -> Result<Self, String> {
        Self::read(
            text,
            "`path:<dir>` or `git:<url>`, or leave out --framework for the registry",
        )
    }

    fn read(text: &str, forms: &str) -> Result<Self, String> {
        let invalid = |why: &str| Err(format!("the framework `{text}` {why}"));
        match text.split_once(':') {
            // Absolute, because Cargo resolves paths from the package's folder.
            Some(("path", dir)) => match Path::new(dir).canonicalize() {
                Ok(dir) if dir.join("hecate-om/Cargo.toml").is_file() => match dir.to_str() {
                    Some(dir) if is_plain(dir) => Ok(Self::Path(dir.to_owned())),
                    _ => {
                        invalid("has a quote, `\\` or a line break in its path; use another folder")
                    }
                },
                _ => invalid("has no `hecate-om/Cargo.toml`; name the root of a checkout"),
            },
            Some(("git", url)) => match url_error(url) {
                None => Ok(Self::Git(url.to_owned())),
                Some(why) => invalid(&why),
            },
            _ => invalid(&format!("is not valid; write {forms}")),
        }
    }

    /// Returns whether the source is a path on this machine.
    pub(crate) const fn is_local(&self) -> bool {
        matches!(self, Self::Path(_))
    }

    /// Returns the dependency on hecate-om, without default features.
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

/// Returns whether a path needs no escape in a quoted string.
fn is_plain(path: &str) -> bool {
    !path.contains(|c: char| c.is_control() || matches!(c, '"' | '\\' | '\''))
}

/// Returns why a URL is not supported by Cargo, or would need escapes in TOML or a shell command.
fn url_error(url: &str) -> Option<String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/:@._~+-".contains(c);
    let has_scheme = |(scheme, rest): (&str, &str)| SCHEMES.contains(&scheme) && !rest.is_empty();
    if !url.split_once("://").is_some_and(has_scheme) {
        return Some("has no URL; write it as in `git:https://forge.example/hecate-om`".into());
    }
    match url.chars().find(|c| !plain(*c)) {
        Some(c @ ('#' | '?')) => Some(format!(
            "has a `{c}` in its URL; leave it out with what follows it, and write a branch, tag or revision into \
             Cargo.toml"
        )),
        Some(c) => Some(format!(
            "has `{c}` in its URL; use only letters, digits and `/:@._~+-`"
        )),
        None => None,
    }
}

/// Returns whether a text looks like a version requirement; Cargo validates it.
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
        for invalid in [
            "",
            "path:/nowhere",
            "path:",
            "git:",
            "git:-x",
            "git:foo",
            "git:https://",
            "git:git@forge.example:a/b",
            "here",
            "0.1\"\n[x]",
            "svn:x",
        ] {
            assert!(read(invalid).is_err(), "{invalid}");
        }
        let fragment = read("git:https://forge.example/om#main").unwrap_err();
        assert!(fragment.contains("has a `#` in its URL"), "{fragment}");
        assert!(Framework::checkout("git:ssh://git@forge.example/om").is_ok());
        let version = Framework::checkout("0.1").unwrap_err();
        assert!(version.contains("`path:<dir>` or `git:<url>`"), "{version}");
        assert!(!version.contains("a version"), "{version}");
    }
}
