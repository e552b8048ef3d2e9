//! The command line of a service binary.

mod arguments;
mod help;

use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::Arc;

use super::allow_lists::AllowLists;
use super::environment::BootEnvironment;
use super::error::BootError;
use super::issuers::{Issuers, declared_variables};
use super::preflight::{ValidatedConfig, preflight};
use super::shutdown::shut_down;
use super::startup::{boot, check_certificate};
use super::{defaults, exit_code, signals, systemd};
use crate::config::{self, Defaults, HealthAddress, Layers, LayersError, OwnVariables, Sources};
use crate::health::check;
use crate::linked::{HandlerScope, descriptor, linked};
use crate::service::Contract;
use crate::telemetry::{self, Binary, print_error};
use arguments::{Arguments, Subcommand};

pub(super) fn main<S: Contract>() -> ExitCode {
    let own = declared_variables::<S>();
    let arguments = match Arguments::parse(std::env::args_os(), &own) {
        Ok(arguments) => arguments,
        Err(error) => {
            print_error(&format!(
                "{error}; `{} --help` lists subcommands and flags",
                S::NAME
            ));
            return ExitCode::from(exit_code::USAGE);
        }
    };
    match arguments.subcommand {
        Subcommand::Version => print(&format!("{} {}\n", S::NAME, S::VERSION)),
        Subcommand::Help => print(&help::help::<S>()),
        // Needs no configuration and starts nothing.
        Subcommand::Manifest => match descriptor(S::MANIFEST, linked) {
            Ok(text) => print(&text),
            Err(error) => {
                print_error(&format!(
                    "the manifest in this binary does not parse: {error}"
                ));
                ExitCode::from(exit_code::FAILURE)
            }
        },
        Subcommand::Run | Subcommand::Config { .. } | Subcommand::Healthcheck => {
            configured::<S>(arguments, own)
        }
    }
}

fn configured<S: Contract>(arguments: Arguments, own: OwnVariables) -> ExitCode {
    let Arguments {
        subcommand,
        flags,
        file,
    } = arguments;
    let sources = Sources::new(std::env::vars_os(), flags, file, own);
    let layers = match sources.read() {
        Ok(layers) => layers,
        // The probe checks whether the process answers, not whether its configuration is valid.
        Err(error) if subcommand == Subcommand::Healthcheck => *error.readable,
        Err(LayersError { errors, readable }) if subcommand == Subcommand::Run => {
            telemetry::init(&config::log_config(&readable), binary::<S>());
            return refused(&BootError {
                step: "config",
                refusals: errors,
            });
        }
        Err(error) => {
            print_error(&error.to_string());
            return ExitCode::from(exit_code::FAILURE);
        }
    };
    let defaults = defaults::<S>();
    match subcommand {
        Subcommand::Config { check: false } => print_config::<S>(&layers, defaults),
        Subcommand::Config { check: true } => with_runtime(check_config::<S>(&layers, defaults)),
        Subcommand::Healthcheck => match HealthAddress::read_only(&layers) {
            Ok(address) => with_runtime(check::run(&address, defaults)),
            Err(error) => {
                print_error(&error.to_string());
                ExitCode::from(exit_code::FAILURE)
            }
        },
        _ => with_runtime(serve::<S>(layers, sources)),
    }
}

fn with_runtime(work: impl Future<Output = ExitCode>) -> ExitCode {
    match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => {
            let code = runtime.block_on(work);
            // Blocking work that never returns must not delay the exit.
            runtime.shutdown_background();
            code
        }
        Err(error) => {
            print_error(&format!("cannot start the runtime: {error}"));
            ExitCode::from(exit_code::FAILURE)
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

async fn serve<S: Contract>(layers: Layers, sources: Sources) -> ExitCode {
    let health_state = super::health_state::<S>();
    // Install the handlers before the first log line: its reader may send a signal at once.
    let listening = signals::listen(Arc::clone(&health_state));
    telemetry::init(&config::log_config(&layers), binary::<S>());
    for unknown in layers.unknown_variables() {
        tracing::warn!("{unknown}");
    }
    let received = match listening {
        Ok(received) => received,
        Err(error) => {
            tracing::error!(%error, "cannot install the signal handlers");
            return ExitCode::from(exit_code::FAILURE);
        }
    };
    let environment = BootEnvironment::process(layers, sources);
    let ended = &received.ended;
    let mut service = match boot::<S>(environment, health_state, ended).await {
        Ok(service) => service,
        Err(error) if error.is_cancelled() => return ExitCode::SUCCESS,
        Err(error) => return refused(&error),
    };
    ended
        .run_until_cancelled(service.reload_on(&received.reload))
        .await;
    shut_down(service).await;
    telemetry::flush_traces().await;
    ExitCode::SUCCESS
}

fn refused(error: &BootError) -> ExitCode {
    // This line is logged regardless of the filter.
    tracing::error!(
        target: telemetry::ALWAYS,
        step = error.step,
        refusal = error.names(),
        "{error}"
    );
    systemd::refused(&error.to_string());
    ExitCode::from(exit_code::FAILURE)
}

/// Prints the configuration, and its mistakes.
fn print_config<S: Contract>(layers: &Layers, defaults: Defaults) -> ExitCode {
    let printed = print(&config::effective_text(layers, defaults));
    match preflight_of_process::<S>(layers, defaults) {
        Ok(_) => printed,
        Err(error) => failed(&error),
    }
}

/// Prints only the mistakes in the configuration and in the service certificate.
async fn check_config<S: Contract>(layers: &Layers, defaults: Defaults) -> ExitCode {
    for unknown in layers.unknown_variables() {
        print_error(&unknown);
    }
    let checked = match preflight_of_process::<S>(layers, defaults) {
        Ok(validated) => check_certificate(&validated.config, S::NAME).await,
        Err(error) => Err(error),
    };
    match checked {
        Ok(()) => print("the configuration is valid\n"),
        Err(error) => failed(&error),
    }
}

/// Checks the configuration. Fails in the same cases as boot.
fn preflight_of_process<S: Contract>(
    layers: &Layers,
    defaults: Defaults,
) -> Result<ValidatedConfig<S>, BootError> {
    let issuers = Issuers {
        default: S::ACCESS,
        ..Issuers::default()
    };
    let scope = HandlerScope::of_binary(S::MANIFEST);
    preflight(
        layers,
        defaults,
        &scope,
        issuers,
        None,
        AllowLists::default(),
    )
}

fn failed(error: &BootError) -> ExitCode {
    print_error(&error.to_string());
    ExitCode::from(exit_code::FAILURE)
}

/// Writes to standard output. A closed pipe, as with `| head`, is not an error.
fn print(text: &str) -> ExitCode {
    match io::stdout().lock().write_all(text.as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(_) => ExitCode::from(exit_code::FAILURE),
    }
}
