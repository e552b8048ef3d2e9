//! Scheduled runs.

use std::path::PathBuf;
use std::time::Duration;

use hecate_om::{cron, every};

/// The file that controls the runs.
#[derive(Debug)]
pub(crate) struct TickFile(pub(crate) PathBuf);

/// Does what the file contains: `panic`, `fail`, `block` its thread forever, or `hold` while the
/// file contains that.
#[every("100ms", name = "trial.tick")]
async fn tick(file: &TickFile) -> Result<(), &'static str> {
    let command = || std::fs::read_to_string(&file.0).unwrap_or_default();
    match &*command() {
        "panic" => panic!("as requested"),
        "fail" => Err("as requested"),
        "block" => crate::blocking::block_forever("a run"),
        "hold" => {
            while command() == "hold" {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            if command() == "block" {
                crate::blocking::block_forever("a run");
            }
            eprintln!("the held run has ended");
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Does nothing, once a year.
#[cron("0 3 1 1 *")]
async fn yearly() {}
