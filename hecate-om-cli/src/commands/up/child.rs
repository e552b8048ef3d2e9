//! A service's process.

use std::ffi::OsString;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use clap::Args;
use rustix::process::{Pid, Signal};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::output::Failure;

/// Time for a service's drain, which has its own limit of 30 s by default.
const DRAIN: Duration = Duration::from_secs(35);

/// Arguments of the process between `up` and a service.
#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    program: PathBuf,
}

/// Becomes the service, which gets SIGTERM when `up` ends, whatever ends it.
///
/// The setting is one of the process and is kept by the program that it becomes. To make it between
/// `fork` and `exec` would need unsafe code.
pub(crate) fn run_child(args: &RunArgs) -> Failure {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::set_parent_process_death_signal(Some(Signal::TERM)) {
        return Failure::new(
            "failed",
            format!("a service cannot be tied to `up`: {error}"),
        );
    }
    let error = std::process::Command::new(&args.program).exec();
    Failure::new(
        "failed",
        format!("`{}` cannot be run: {error}", args.program.display()),
    )
}

/// Starts a service on free ports, with a health socket at this path. It is in a process group of
/// its own, so that Ctrl-C reaches `up` only.
pub(super) fn start(program: &Path, socket: &Path) -> std::io::Result<Child> {
    let own: OsString = std::env::current_exe()?.into();
    let mut command = Command::new(own);
    command
        .arg("run-child")
        .arg(program)
        .env("HECATE_HEALTH_PORT", "0")
        .env("HECATE_HEALTH_SOCKET", socket)
        .env("HECATE_LOG_FORMAT", "text")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true);
    command.spawn()
}

/// Asks a service to drain, and kills it if it does not end.
pub(super) async fn stop(child: &mut Child) {
    let Some(pid) = child
        .id()
        .and_then(|id| Pid::from_raw(i32::try_from(id).ok()?))
    else {
        return;
    };
    // It may have ended by itself.
    let _ = rustix::process::kill_process(pid, Signal::TERM);
    if timeout(DRAIN, child.wait()).await.is_err() {
        let _ = child.kill().await;
    }
}
