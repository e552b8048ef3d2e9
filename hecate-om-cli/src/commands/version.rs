//! `version`: prints the version of this binary, and what it is built of.

use clap::Args;
use hecate_om::__private::ML_DSA;
use serde_json::json;

use crate::output::{Failure, Output};

#[derive(Debug, Args)]
pub(crate) struct VersionArgs {
    /// Also print the implementation of signatures: `aws-lc`, or the slower `macula-mldsa`
    #[arg(long, short)]
    verbose: bool,
}

pub(crate) fn run(args: &VersionArgs, output: &Output) -> Result<(), Failure> {
    let version = env!("CARGO_PKG_VERSION");
    output.print_result(&json!({ "version": version, "ml_dsa": ML_DSA }), || {
        let mut text = format!("hecate-om {version}");
        if args.verbose {
            text.push_str(&format!("\nml_dsa {ML_DSA}"));
        }
        text
    })
}
