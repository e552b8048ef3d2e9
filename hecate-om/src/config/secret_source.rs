//! Sources of secrets: a file, a credential of systemd, or a variable.

use std::fmt;
use std::path::PathBuf;

use super::own::file_variable;
use super::{Layers, Origin};

/// Variable in which systemd passes the folder of the unit's credentials.
const CREDENTIALS: &str = "CREDENTIALS_DIRECTORY";

/// Source of the value of a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SecretSource {
    /// The file that the variable `<NAME>_FILE` names.
    File {
        path: PathBuf,
        variable: String,
        origin: Origin,
    },
    /// The credential of systemd with the name of the variable.
    Credential(PathBuf),
    /// The variable itself.
    Variable(Origin),
}

impl SecretSource {
    /// Returns the source of a secret; `None` if the secret is not set.
    ///
    /// # Errors
    ///
    /// If the secret has several sources, or if the path of its file is relative.
    pub(crate) fn find(layers: &Layers, variable: &str) -> Result<Option<Self>, String> {
        let of_file = file_variable(variable);
        let file = layers.value(&of_file).zip(layers.origin(&of_file));
        let file = file.map(|(path, origin)| Self::File {
            path: path.into(),
            variable: of_file.clone(),
            origin: origin.clone(),
        });
        let credential = layers
            .environment_variable(CREDENTIALS)
            .map(|folder| PathBuf::from(folder).join(variable))
            .filter(|path| path.symlink_metadata().is_ok())
            .map(Self::Credential);
        let own = layers.origin(variable).cloned().map(Self::Variable);
        let mut sources: Vec<Self> = [file, credential, own].into_iter().flatten().collect();
        if sources.len() > 1 {
            let all: Vec<String> = sources.iter().map(ToString::to_string).collect();
            return Err(format!(
                "set more than once: by {}; remove all but one",
                all.join(" and by ")
            ));
        }
        let source = sources.pop();
        match &source {
            Some(Self::File {
                path,
                variable,
                origin,
            }) if !path.is_absolute() => Err(format!(
                "`{}`, the path in {variable} ({origin}), is not absolute; write one that starts with `/`",
                path.display()
            )),
            _ => Ok(source),
        }
    }

    /// Returns the path of the file or credential.
    pub(crate) const fn path(&self) -> Option<&PathBuf> {
        match self {
            Self::File { path, .. } | Self::Credential(path) => Some(path),
            Self::Variable(_) => None,
        }
    }

    /// Returns the path of the configuration file with the secret.
    pub(crate) const fn configuration_file(&self) -> Option<&PathBuf> {
        match self {
            Self::Variable(Origin::File(path, _)) => Some(path),
            _ => None,
        }
    }
}

impl fmt::Display for SecretSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File {
                path,
                variable,
                origin,
            } => write!(f, "file {} ({variable}, {origin})", path.display()),
            Self::Credential(path) => write!(f, "credential {}", path.display()),
            Self::Variable(origin) => write!(f, "{origin}"),
        }
    }
}
