//! The arguments of a service binary.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

use lexopt::Parser;
use lexopt::prelude::{Long, Short, Value, ValueExt};

use crate::config::{OwnVariables, SETTINGS};

/// The subcommands of a service binary.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Subcommand {
    /// No subcommand: runs the service.
    Run,
    Manifest,
    Config {
        /// Whether only mistakes are printed.
        check: bool,
    },
    Healthcheck,
    Version,
    Help,
}

/// The parsed arguments.
#[derive(Debug)]
pub(super) struct Arguments {
    pub(super) subcommand: Subcommand,
    /// Settings, by the names of their variables.
    pub(super) flags: BTreeMap<String, String>,
    /// The configuration file of `--config`.
    pub(super) file: Option<PathBuf>,
}

impl Arguments {
    /// Parses the arguments of a service with these settings. The first one is the name of the
    /// binary.
    pub(super) fn parse(
        args: impl IntoIterator<Item = OsString>,
        own: &OwnVariables,
    ) -> Result<Self, lexopt::Error> {
        let mut parser = Parser::from_iter(args);
        let mut arguments = Self {
            subcommand: Subcommand::Run,
            flags: BTreeMap::new(),
            file: None,
        };
        let mut has_subcommand = false;
        while let Some(arg) = parser.next()? {
            match arg {
                Short('h') | Long("help") => arguments.subcommand = Subcommand::Help,
                Short('V') | Long("version") => arguments.subcommand = Subcommand::Version,
                Long("config") => arguments.file = Some(parser.value()?.into()),
                Long("check") => match &mut arguments.subcommand {
                    Subcommand::Config { check } => *check = true,
                    _ => return Err(arg.unexpected()),
                },
                Long(flag) => {
                    let variable = variable_of(flag, own)?;
                    let Some(variable) = variable else {
                        return Err(arg.unexpected());
                    };
                    let value = parser.value()?.string()?;
                    arguments.flags.insert(variable, value);
                }
                Value(ref name) if !has_subcommand => {
                    has_subcommand = true;
                    arguments.subcommand = match name.to_str() {
                        Some("manifest") => Subcommand::Manifest,
                        Some("config") => Subcommand::Config { check: false },
                        Some("healthcheck") => Subcommand::Healthcheck,
                        Some("version") => Subcommand::Version,
                        Some("help") => Subcommand::Help,
                        _ => return Err(arg.unexpected()),
                    };
                }
                _ => return Err(arg.unexpected()),
            }
        }
        Ok(arguments)
    }
}

/// Returns the variable of the setting with this flag.
fn variable_of(flag: &str, own: &OwnVariables) -> Result<Option<String>, lexopt::Error> {
    if let Some(setting) = SETTINGS.iter().find(|setting| setting.flag() == flag) {
        return Ok(Some(setting.variable.to_owned()));
    }
    let mut settings = own.settings.iter();
    if let Some(setting) = settings.find(|setting| setting.flag.as_deref() == Some(flag)) {
        return Ok(Some(setting.variable.clone()));
    }
    let Some(prefix) = &own.prefix else {
        return Ok(None);
    };
    let variable = flag
        .to_ascii_uppercase()
        .replace('.', "__")
        .replace('-', "_");
    let variable = format!("{prefix}{variable}");
    let mut secrets = own.settings.iter().filter(|setting| setting.is_secret);
    match secrets.find(|setting| setting.variable == variable) {
        Some(_) => Err(lexopt::Error::from(format!(
            "a secret has no flag, because process lists show flags: set {variable}_FILE to the path of its file, or \
             set {variable}"
        ))),
        None => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(args: &[&str]) -> Result<Arguments, String> {
        let args = std::iter::once("service").chain(args.iter().copied());
        let own = OwnVariables::default();
        Arguments::parse(args.map(OsString::from), &own).map_err(|e| e.to_string())
    }

    #[test]
    fn every_subcommand_is_known_and_none_runs_the_service() {
        assert_eq!(arguments(&[]).unwrap().subcommand, Subcommand::Run);
        assert_eq!(
            arguments(&["manifest"]).unwrap().subcommand,
            Subcommand::Manifest
        );
        assert_eq!(
            arguments(&["config"]).unwrap().subcommand,
            Subcommand::Config { check: false }
        );
        assert_eq!(
            arguments(&["config", "--check"]).unwrap().subcommand,
            Subcommand::Config { check: true }
        );
        assert!(arguments(&["--check"]).unwrap_err().contains("--check"));
        assert_eq!(
            arguments(&["healthcheck"]).unwrap().subcommand,
            Subcommand::Healthcheck
        );
        assert_eq!(
            arguments(&["version"]).unwrap().subcommand,
            Subcommand::Version
        );
        assert_eq!(arguments(&["--help"]).unwrap().subcommand, Subcommand::Help);
    }

    #[test]
    fn each_setting_is_a_flag() {
        let arguments = arguments(&["--health-port", "0", "config", "--org=acme"]).unwrap();
        assert_eq!(arguments.flags["HECATE_HEALTH_PORT"], "0");
        assert_eq!(arguments.flags["HECATE_ORG"], "acme");
    }

    #[test]
    fn an_unknown_or_incomplete_argument_is_an_error() {
        assert!(arguments(&["serve"]).unwrap_err().contains("serve"));
        assert!(arguments(&["--prot", "1"]).unwrap_err().contains("--prot"));
        assert!(arguments(&["manifest", "config"]).is_err());
        assert!(arguments(&["--org"]).unwrap_err().contains("--org"));
    }
}
