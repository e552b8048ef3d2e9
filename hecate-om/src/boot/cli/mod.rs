//! The command line of a service binary.

mod arguments;
mod help;

use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::Arc;

use super::environment::BootEnvironment;
use super::error::BootError;
use super::issuers::{Issuers, declared_variables};
use super::preflight::preflight;
use super::shutdown::shut_down;
use super::startup::boot;
use super::{exit_code, signals, systemd};
use crate::config::{self, Defaults, HealthAddress, Layers, LayersError};
use crate::health::check;
use crate::linked::{HandlerScope, descriptor, linked};
use crate::service::Contract;
use crate::telemetry::{self, Binary, print_error};
use arguments::{Arguments, Subcommand};

pub(super) fn main<S: Contract>() -> ExitCode {
    let arguments = match Arguments::parse(std::env::args_os()) {
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
        Subcommand::Run | Subcommand::Config | Subcommand::Healthcheck => {
            configured::<S>(&arguments)
        }
    }
}

fn configured<S: Contract>(arguments: &Arguments) -> ExitCode {
    let layers = match Layers::merge(
        std::env::vars_os(),
        &arguments.flags,
        arguments.file.as_deref(),
        &declared_variables::<S>(),
    ) {
        Ok(layers) => layers,
        // The probe checks whether the process answers, not whether its configuration is valid.
        Err(error) if arguments.subcommand == Subcommand::Healthcheck => *error.readable,
        Err(LayersError { errors, readable }) if arguments.subcommand == Subcommand::Run => {
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
    let defaults = Defaults {
        name: S::NAME,
        health_port: S::HEALTH_PORT,
    };
    match arguments.subcommand {
        Subcommand::Config => {
            let issuers = Issuers {
                default: S::ACCESS,
                ..Issuers::default()
            };
            print_config(&layers, defaults, S::MANIFEST, issuers)
        }
        Subcommand::Healthcheck => match HealthAddress::read_only(&layers) {
            Ok(address) => with_runtime(check::run(&address, defaults)),
            Err(error) => {
                print_error(&error.to_string());
                ExitCode::from(exit_code::FAILURE)
            }
        },
        _ => with_runtime(serve::<S>(layers)),
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

async fn serve<S: Contract>(layers: Layers) -> ExitCode {
    let health_state = super::health_state::<S>();
    // Install the handlers before the first log line: its reader may send a signal at once.
    let listening = signals::listen(Arc::clone(&health_state));
    telemetry::init(&config::log_config(&layers), binary::<S>());
    for unknown in layers.unknown_variables() {
        tracing::warn!("{unknown}");
    }
    let ended = match listening {
        Ok(ended) => ended,
        Err(error) => {
            tracing::error!(%error, "cannot install the signal handlers");
            return ExitCode::from(exit_code::FAILURE);
        }
    };
    let environment = BootEnvironment::process(layers, S::MANIFEST);
    let service = match boot::<S>(environment, health_state, &ended).await {
        Ok(service) => service,
        Err(error) if error.is_cancelled() => return ExitCode::SUCCESS,
        Err(error) => return refused(&error),
    };
    ended.cancelled().await;
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

fn print_config(layers: &Layers, defaults: Defaults, manifest: &str, issuers: Issuers) -> ExitCode {
    let printed = print(&config::effective_text(layers, defaults));
    // Fails in the same cases as boot.
    match preflight(
        layers,
        defaults,
        manifest,
        &HandlerScope::of_binary(manifest),
        issuers,
    ) {
        Ok(_) => printed,
        Err(error) => {
            print_error(&error.to_string());
            ExitCode::from(exit_code::FAILURE)
        }
    }
}

/// Writes to standard output. A closed pipe, as with `| head`, is not an error.
fn print(text: &str) -> ExitCode {
    match io::stdout().lock().write_all(text.as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(_) => ExitCode::from(exit_code::FAILURE),
    }
}
