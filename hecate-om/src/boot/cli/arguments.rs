//! The arguments of a service binary.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

use lexopt::Parser;
use lexopt::prelude::{Long, Short, Value, ValueExt};

use crate::config::SETTINGS;

/// The subcommands of a service binary.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Subcommand {
    /// No subcommand: runs the service.
    Run,
    Manifest,
    Config,
    Healthcheck,
    Version,
    Help,
}

/// The parsed arguments.
#[derive(Debug)]
pub(super) struct Arguments {
    pub(super) subcommand: Subcommand,
    /// Settings, by the names of their variables.
    pub(super) flags: BTreeMap<&'static str, String>,
    /// The configuration file of `--config`.
    pub(super) file: Option<PathBuf>,
}

impl Arguments {
    /// Parses the arguments. The first one is the name of the binary.
    pub(super) fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Self, lexopt::Error> {
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
                Long(flag) => {
                    let Some(setting) = SETTINGS.iter().find(|s| s.flag() == flag) else {
                        return Err(arg.unexpected());
                    };
                    arguments
                        .flags
                        .insert(setting.variable, parser.value()?.string()?);
                }
                Value(ref name) if !has_subcommand => {
                    has_subcommand = true;
                    arguments.subcommand = match name.to_str() {
                        Some("manifest") => Subcommand::Manifest,
                        Some("config") => Subcommand::Config,
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

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(args: &[&str]) -> Result<Arguments, String> {
        let args = std::iter::once("service").chain(args.iter().copied());
        Arguments::parse(args.map(OsString::from)).map_err(|e| e.to_string())
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
            Subcommand::Config
        );
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
