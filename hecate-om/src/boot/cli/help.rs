//! The text of `--help`.

use crate::boot::issuers::declared_variables;
use crate::config::SETTINGS;
use crate::service::Contract;

/// Returns the text of `--help`.
pub(super) fn help<S: Contract>() -> String {
    let mut text = format!(
        "{} {}\n{}\n\n\
         Usage: {} [SUBCOMMAND] [FLAGS]\n\n\
         Subcommands:\n  \
         (none)       boot, serve until SIGTERM, SIGINT or SIGHUP, drain\n  \
         manifest     print the manifest with the JSON Schemas of requests and responses\n  \
         config       print the effective configuration and the origin of each value\n  \
         healthcheck  check that the running process is alive: exit 0 or 1\n  \
         version      print the version\n\n\
         Flags, each also a variable of the environment and the file:\n  \
         --config FILE\n      lines of VARIABLE=value (HECATE_CONFIG)\n",
        S::NAME,
        S::VERSION,
        S::DESCRIPTION,
        S::NAME,
    );
    for setting in SETTINGS {
        let default = match setting.default {
            "" => String::new(),
            default => format!("; default: {default}"),
        };
        text.push_str(&format!(
            "  --{} VALUE\n      {} ({}{default})\n",
            setting.flag(),
            setting.meaning,
            setting.variable,
        ));
    }
    let variables = declared_variables::<S>();
    if !variables.is_empty() {
        text.push_str("\nVariables of the service itself, from the environment or the file:\n");
        for variable in variables {
            text.push_str(&format!("  {variable}\n"));
        }
    }
    text
}
