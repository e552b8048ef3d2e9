//! The command line: creates services, calls and monitors them, and runs the development mesh.
//!
//! The binary `hecate-om` is the interface of this package. The library has no stable API: it lets
//! the fuzz targets reach the code of the binary.
//!
//! Exit codes: 0 for success, 1 for a refusal or failure, 2 for an invalid invocation, 3 for a
//! comparison of manifests that found no breaking change but could not compare everything.

mod args;
mod commands;
mod examples;
mod file;
mod flags;
mod framework;
mod http;
mod interrupt;
mod output;
mod quadlet;
mod scaffold;
mod terminal;
mod value_parsers;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;

use std::env::args_os;
use std::process::ExitCode;
use std::time::Duration;

use clap::{CommandFactory, Parser};

use args::{Args, Command};
use commands::facts::FactsCommand;
use commands::slice::SliceCommand;
use hecate_om::__private::is_unprintable;
use output::{Failure, Output};

/// Maximum time to write the last log lines at exit.
const LAST_LINES: Duration = Duration::from_secs(2);

/// Runs the command line with the arguments of the process.
pub fn main() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => return print_clap_error(&error),
    };
    let output = Output::new(args.json);
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return output.print_failure(&Failure::new("failed", error.to_string())),
    };
    let mesh = args.mesh.clone();
    let outcome = runtime.block_on(run(args, &output));
    let outcome = outcome.map_err(|failure| mesh.explain(failure));
    runtime.shutdown_background();
    hecate_om::__private::flush(LAST_LINES);
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => output.print_failure(&failure),
    }
}

async fn run(args: Args, output: &Output) -> Result<(), Failure> {
    let mesh = &args.mesh;
    match args.command {
        Command::Dev(dev) => {
            mesh.without_profile().refuse("`dev`")?;
            commands::dev::run(&dev, output).await
        }
        Command::Up(up) => {
            mesh.refuse("`up`")?;
            commands::up::up(&up, output).await
        }
        Command::Ps => {
            mesh.refuse("`ps`")?;
            commands::up::ps(output).await
        }
        Command::Logs(logs) => {
            mesh.refuse("`logs`")?;
            commands::up::logs(&logs, output).await
        }
        Command::Down => {
            mesh.refuse("`down`")?;
            commands::up::down(output).await
        }
        Command::RunChild(run) => Err(commands::up::run_child(&run)),
        Command::Ls(ls) => commands::ls::run(&ls, mesh, output).await,
        Command::Describe(describe) => commands::describe::run(&describe, mesh, output).await,
        Command::Call(call) => commands::call::run(&call, mesh, output).await,
        Command::Bench(bench) => commands::bench::run(&bench, mesh, output).await,
        Command::Top(top) => commands::top::run(&top, mesh, output).await,
        Command::Publish(publish) => commands::publish::run(&publish, mesh, output).await,
        Command::Watch(watch) => commands::watch::run(&watch, mesh, output).await,
        Command::Facts(FactsCommand::Dead(dead)) => {
            mesh.refuse("`facts`")?;
            commands::facts::run(&dead, output).await
        }
        Command::Gateway(gateway) => commands::gateway::run(&gateway, mesh, output).await,
        Command::Mcp(mcp) => commands::mcp::run(&mcp, mesh).await,
        Command::Identity => commands::identity::run(mesh, output).await,
        Command::Token(token) => commands::token::run(&token, mesh, output),
        Command::Completions { shell } => {
            mesh.refuse("`completions`")?;
            commands::completions::run(shell, Args::command(), output)
        }
        Command::Client(client) => commands::client::run(&client, mesh, output).await,
        Command::Manifest(manifest) => commands::manifest::run(&manifest, mesh, output).await,
        Command::Scaffold(scaffold) => {
            mesh.refuse("`scaffold`")?;
            commands::scaffold::run(scaffold, output)
        }
        Command::Slice(SliceCommand::Add(slice)) => {
            mesh.refuse("`slice`")?;
            commands::slice::run(&slice, output)
        }
        Command::Quadlet(quadlet) => {
            mesh.refuse("`quadlet`")?;
            commands::quadlet::run(&quadlet, output)
        }
        Command::Version(version) => {
            mesh.refuse("`version`")?;
            commands::version::run(&version, output)
        }
    }
}

/// Prints `--help` and `--version`, or an error of the arguments in the requested format.
fn print_clap_error(error: &clap::Error) -> ExitCode {
    let wants_json = args_os().any(|arg| arg == "--json");
    // An argument may be copied from another service's text. clap prints it as it is.
    let has_unprintable = args_os().any(|arg| arg.to_string_lossy().contains(is_unprintable));
    if error.use_stderr() && (wants_json || has_unprintable) {
        let text = error.render().to_string();
        let message = text.trim_start_matches("error: ").trim();
        return Output::new(wants_json).print_failure(&Failure::malformed(message));
    }
    // If standard output and error are closed, there is nowhere to report it.
    let _ = error.print();
    if error.use_stderr() {
        ExitCode::from(output::MALFORMED)
    } else {
        ExitCode::SUCCESS
    }
}
