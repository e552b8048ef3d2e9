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
         (none)       boot, serve until SIGTERM or SIGINT, drain; SIGHUP reads the settings again\n  \
         manifest     print the manifest with the JSON Schemas of requests and responses\n  \
         config       print the effective configuration and the origin of each value; with --check, only mistakes\n  \
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
    let own = declared_variables::<S>();
    if !own.settings.is_empty() {
        text.push_str("\nSettings of the service itself:\n");
    }
    for setting in &own.settings {
        let default = match setting.default {
            Some(default) => format!("; default: {default}"),
            None if setting.is_required => "; required".into(),
            None => String::new(),
        };
        let meaning = match setting.meaning.trim_end_matches('.') {
            "" => (setting.form)(),
            meaning => meaning.to_owned(),
        };
        let variable = &setting.variable;
        text.push_str(&match &setting.flag {
            Some(flag) => format!("  --{flag} VALUE\n      {meaning} ({variable}{default})\n"),
            None => format!(
                "  {variable}_FILE, the systemd credential {variable}, or {variable}\n      {meaning} (a secret{default})\n"
            ),
        });
    }
    let variables = own.env;
    if !variables.is_empty() {
        text.push_str("\nVariables of the service itself, from the environment or the file:\n");
        for variable in variables {
            text.push_str(&format!("  {variable}\n"));
        }
    }
    text
}
