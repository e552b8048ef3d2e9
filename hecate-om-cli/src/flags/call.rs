//! Flags of a call.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use clap::Args;
use hecate_om::{
    Mesh,
    call::CallBuilder,
    identity::{NodeId, Ucan},
};

use super::Errors;
use crate::file;
use crate::output::Failure;
use crate::value_parsers::{duration, one_node, procedure};

/// Default of `--timeout`.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Flags of a call.
#[derive(Debug, Clone, Args)]
pub(crate) struct CallFlags {
    /// Procedure, `<org>/<name>`
    #[arg(value_parser = procedure)]
    pub(crate) procedure: String,
    /// Request as JSON; `-` reads it from standard input, `@FILE` from a file [default: null]
    #[arg(allow_negative_numbers = true)]
    pub(crate) request: Option<String>,
    /// Time limit for each response, at most 10m [default: 30s]
    #[arg(long, value_parser = duration)]
    pub(crate) timeout: Option<Duration>,
    /// Call only this node, by its id of 64 hex digits
    #[arg(long, value_parser = one_node)]
    pub(crate) provider: Option<NodeId>,
    /// File with the token to present, its parents on the next lines; `-` reads standard input. The
    /// token must be issued to the node key of --identity
    #[arg(long, value_name = "FILE", visible_alias = "ucan-file")]
    ucan: Option<String>,
    /// Fail instead of calling without end-to-end encryption
    #[arg(long)]
    confidential: bool,
    /// Retry even if a handler may have run; for calls that have no further effect when repeated
    #[arg(long)]
    idempotent: bool,
    /// Key of the request, by which the service recognizes a repeat by the same identity and gives the
    /// first answer again
    #[arg(long, requires = "identity", conflicts_with = "idempotent")]
    key: Option<String>,
}

/// A call with its flags read, which can be made several times.
#[derive(Debug, Clone)]
pub(crate) struct PreparedCall {
    flags: CallFlags,
    ucan: Option<Ucan>,
}

impl CallFlags {
    /// Reads the files that the flags name, and collects errors. `items` is the value of `--items`:
    /// only one flag can read standard input.
    pub(crate) fn prepare(&self, items: Option<&str>, errors: &mut Errors) -> PreparedCall {
        let read = [self.ucan.as_deref(), self.request.as_deref(), items];
        let several = read.into_iter().filter(|from| *from == Some("-")).count() > 1;
        let ucan = match &self.ucan {
            _ if several => errors.check(Err(
                "only one of the request, `--ucan` and `--items` can read standard input; name files for the others".into(),
            )),
            Some(from) => errors.check(ucan(from)),
            None => None,
        };
        PreparedCall {
            flags: self.clone(),
            ucan,
        }
    }
}

impl CallFlags {
    /// Returns the time limit for each response.
    pub(crate) fn timeout(&self) -> Duration {
        self.timeout.unwrap_or(TIMEOUT)
    }

    /// Adds to the failure of a call with `--provider` how many other nodes serve the procedure.
    pub(crate) async fn explain(&self, failure: Failure, mesh: &Mesh) -> Failure {
        let Some(node) = self.provider.filter(|_| failure.is_no_provider()) else {
            return failure;
        };
        let Ok(offers) = mesh.advertised(self.timeout()).await else {
            return failure;
        };
        let nodes: BTreeSet<NodeId> = offers
            .into_iter()
            .filter(|offer| offer.procedure == self.procedure)
            .map(|offer| offer.node)
            .collect();
        let others = nodes.iter().filter(|other| **other != node).count();
        let procedure = &self.procedure;
        match (nodes.contains(&node), others) {
            (true, _) | (_, 0) => failure,
            (_, 1) => failure.with_message(format!(
                "the node {node} does not serve `{procedure}`, but 1 other node does; leave out `--provider`"
            )),
            (_, others) => failure.with_message(format!(
                "the node {node} does not serve `{procedure}`, but {others} other nodes do; leave out `--provider`"
            )),
        }
    }
}

impl PreparedCall {
    /// Returns the call with all flags applied.
    pub(crate) fn outgoing<'m>(&self, mesh: &'m Mesh) -> CallBuilder<'m> {
        let flags = &self.flags;
        let mut outgoing = mesh
            .procedure(flags.procedure.as_str())
            .timeout(flags.timeout());
        if let Some(provider) = flags.provider {
            outgoing = outgoing.provider(provider);
        }
        if let Some(ucan) = &self.ucan {
            outgoing = outgoing.ucan(ucan.clone());
        }
        if flags.confidential {
            outgoing = outgoing.confidential();
        }
        if flags.idempotent {
            outgoing = outgoing.idempotent();
        }
        if let Some(key) = &flags.key {
            outgoing = outgoing.key(key.as_str());
        }
        outgoing
    }
}

fn ucan(from: &str) -> Result<Ucan, String> {
    let invalid = |problem: &dyn std::fmt::Display| format!("--ucan `{from}`: {problem}");
    file::read_or_stdin(Path::new(from))
        .map_err(|problem| invalid(&problem))?
        .parse()
        .map_err(|problem: hecate_om::identity::UcanError| invalid(&problem))
}
