//! The binary's own words: what its command line may say.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use lexopt::Parser;
use lexopt::prelude::{Long, Short, Value, ValueExt};

use super::checked::checked;
use super::drain::drain;
use super::error::BootError;
use super::issuers::{Issuers, own_variables};
use super::sequence::boot;
use super::surroundings::Surroundings;
use super::{signals, systemd};
use crate::config::{self, Defaults, HealthPlace, Layers, LayersError, SETTINGS};
use crate::health::check;
use crate::linked::{Packages, descriptor, linked};
use crate::service::Contract;
use crate::telemetry::{self, Binary, complain};

pub(super) const REFUSED: u8 = 1;
const MALFORMED: u8 = 2;

/// What the command line asks for.
#[derive(Debug, PartialEq, Eq)]
enum Word {
    Run,
    Manifest,
    Config,
    Healthcheck,
    Version,
    Help,
}

#[derive(Debug)]
struct CommandLine {
    word: Word,
    flags: BTreeMap<&'static str, String>,
    file: Option<PathBuf>,
}

pub(super) fn main<S: Contract>() -> ExitCode {
    let line = match parse(std::env::args_os()) {
        Ok(line) => line,
        Err(error) => {
            complain(&format!("{error}; `{} --help` says what there is", S::NAME));
            return ExitCode::from(MALFORMED);
        }
    };
    match line.word {
        Word::Version => say(&format!("{} {}\n", S::NAME, S::VERSION)),
        Word::Help => say(&help::<S>()),
        // No configuration, no network, nothing of the service started.
        Word::Manifest => match descriptor(S::MANIFEST, linked) {
            Ok(text) => say(&text),
            Err(error) => {
                complain(&format!(
                    "the manifest in this binary does not parse: {error}"
                ));
                ExitCode::from(REFUSED)
            }
        },
        Word::Run | Word::Config | Word::Healthcheck => configured::<S>(&line),
    }
}

fn configured<S: Contract>(line: &CommandLine) -> ExitCode {
    let layers = match Layers::gather(
        std::env::vars_os(),
        &line.flags,
        line.file.as_deref(),
        &own_variables::<S>(),
    ) {
        Ok(layers) => layers,
        // The probe checks whether the process answers, not whether another process could boot.
        Err(error) if line.word == Word::Healthcheck => *error.readable,
        Err(LayersError { wrong, readable }) if line.word == Word::Run => {
            telemetry::init(&config::log_config(&readable), binary::<S>());
            return refused(&BootError {
                step: "config",
                refusals: wrong,
            });
        }
        Err(error) => {
            complain(&error.to_string());
            return ExitCode::from(REFUSED);
        }
    };
    let defaults = Defaults {
        name: S::NAME,
        health_port: S::HEALTH_PORT,
    };
    match line.word {
        Word::Config => {
            let issuers = Issuers {
                default: S::ACCESS,
                ..Issuers::default()
            };
            print_config(&layers, defaults, S::MANIFEST, issuers)
        }
        Word::Healthcheck => match HealthPlace::of(&layers) {
            Ok(place) => with_runtime(check::run(&place, defaults)),
            Err(error) => {
                complain(&error.to_string());
                ExitCode::from(REFUSED)
            }
        },
        _ => {
            let log = config::log_config(&layers);
            with_runtime(async move {
                telemetry::init(&log, binary::<S>());
                for stranger in layers.strangers() {
                    tracing::warn!("{stranger}");
                }
                serve::<S>(layers).await
            })
        }
    }
}

fn with_runtime(work: impl Future<Output = ExitCode>) -> ExitCode {
    match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => {
            let code = runtime.block_on(work);
            // A health check or a handler's blocking work that never returns must not hold up the exit.
            runtime.shutdown_background();
            code
        }
        Err(error) => {
            complain(&format!("the runtime cannot be started: {error}"));
            ExitCode::from(REFUSED)
        }
    }
}

const fn binary<S: Contract>() -> Binary {
    Binary {
        #[cfg(feature = "otlp")]
        name: S::NAME,
        #[cfg(feature = "otlp")]
        version: S::VERSION,
        aborts: S::ABORTS,
    }
}

async fn serve<S: Contract>(layers: Layers) -> ExitCode {
    let vitals = super::vitals::<S>();
    let ended = match signals::listen(Arc::clone(&vitals)) {
        Ok(ended) => ended,
        Err(error) => {
            tracing::error!("signals cannot be listened to: {error}");
            return ExitCode::from(REFUSED);
        }
    };
    let running = match boot::<S>(Surroundings::process(layers, S::MANIFEST), vitals, &ended).await
    {
        Ok(running) => running,
        Err(error) if error.is_cancelled() => return ExitCode::SUCCESS,
        Err(error) => return refused(&error),
    };
    ended.cancelled().await;
    drain(running).await;
    telemetry::flush_traces().await;
    ExitCode::SUCCESS
}

fn refused(error: &BootError) -> ExitCode {
    // A filter that lets nothing through is no reason for an operator not to learn why.
    tracing::error!(
        target: telemetry::ALWAYS,
        step = error.step,
        refusal = error.names(),
        "{error}"
    );
    systemd::refused(&error.to_string());
    ExitCode::from(REFUSED)
}

fn parse(args: impl IntoIterator<Item = OsString>) -> Result<CommandLine, lexopt::Error> {
    let mut parser = Parser::from_iter(args);
    let mut line = CommandLine {
        word: Word::Run,
        flags: BTreeMap::new(),
        file: None,
    };
    let mut worded = false;
    while let Some(arg) = parser.next()? {
        match arg {
            Short('h') | Long("help") => line.word = Word::Help,
            Short('V') | Long("version") => line.word = Word::Version,
            Long("config") => line.file = Some(parser.value()?.into()),
            Long(flag) => {
                let Some(setting) = SETTINGS.iter().find(|s| s.flag() == flag) else {
                    return Err(arg.unexpected());
                };
                line.flags
                    .insert(setting.variable, parser.value()?.string()?);
            }
            Value(ref word) if !worded => {
                worded = true;
                line.word = match word.to_str() {
                    Some("manifest") => Word::Manifest,
                    Some("config") => Word::Config,
                    Some("healthcheck") => Word::Healthcheck,
                    Some("version") => Word::Version,
                    Some("help") => Word::Help,
                    _ => return Err(arg.unexpected()),
                };
            }
            _ => return Err(arg.unexpected()),
        }
    }
    Ok(line)
}

fn help<S: Contract>() -> String {
    let mut text = format!(
        "{} {}\n{}\n\n\
         Usage: {} [WORD] [FLAGS]\n\n\
         Words:\n  \
         (none)       boot, serve until SIGTERM, SIGINT or SIGHUP, drain\n  \
         manifest     print the service's manifest with the JSON Schemas of what crosses\n  \
         config       print the effective configuration and where each value comes from\n  \
         healthcheck  ask the running process whether it is alive: exit 0 or 1\n  \
         version      print the version\n\n\
         Flags, each also a variable of the environment and of the file:\n  \
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
    let own = own_variables::<S>();
    if !own.is_empty() {
        text.push_str("\nVariables of the service itself, of the environment and of the file:\n");
        for variable in own {
            text.push_str(&format!("  {variable}\n"));
        }
    }
    text
}

fn print_config(layers: &Layers, defaults: Defaults, manifest: &str, issuers: Issuers) -> ExitCode {
    let said = say(&config::printed(layers, defaults));
    // What boot would refuse is refused here.
    match checked(
        layers,
        defaults,
        manifest,
        &Packages::linked(manifest),
        issuers,
    ) {
        Ok(_) => said,
        Err(error) => {
            complain(&error.to_string());
            ExitCode::from(REFUSED)
        }
    }
}

/// Writes to standard output. A reader that is gone (`| head`) is no error of ours.
fn say(text: &str) -> ExitCode {
    match io::stdout().lock().write_all(text.as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(_) => ExitCode::from(REFUSED),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(args: &[&str]) -> Result<CommandLine, String> {
        let args = std::iter::once("service").chain(args.iter().copied());
        parse(args.map(OsString::from)).map_err(|e| e.to_string())
    }

    #[test]
    fn no_word_runs_and_each_word_is_known() {
        assert_eq!(line(&[]).unwrap().word, Word::Run);
        assert_eq!(line(&["manifest"]).unwrap().word, Word::Manifest);
        assert_eq!(line(&["config"]).unwrap().word, Word::Config);
        assert_eq!(line(&["healthcheck"]).unwrap().word, Word::Healthcheck);
        assert_eq!(line(&["version"]).unwrap().word, Word::Version);
        assert_eq!(line(&["--help"]).unwrap().word, Word::Help);
    }

    #[test]
    fn each_setting_is_a_flag() {
        let line = line(&["--health-port", "0", "config", "--org=acme"]).unwrap();
        assert_eq!(line.flags["HECATE_HEALTH_PORT"], "0");
        assert_eq!(line.flags["HECATE_ORG"], "acme");
    }

    #[test]
    fn what_is_not_known_is_malformed() {
        assert!(line(&["serve"]).unwrap_err().contains("serve"));
        assert!(line(&["--prot", "1"]).unwrap_err().contains("--prot"));
        assert!(line(&["manifest", "config"]).is_err());
        assert!(line(&["--org"]).unwrap_err().contains("--org"));
    }
}
