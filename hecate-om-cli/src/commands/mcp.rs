//! `mcp`: serves capabilities of the mesh as tools of an agent, on standard input and output.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use hecate_om_gateway::{Exposure, McpOptions, McpServer, Pins};

use crate::commands::dev::log;
use crate::flags::{Errors, MeshFlags};
use crate::interrupt::Interrupt;
use crate::output::Failure;
use crate::value_parsers::duration;

#[derive(Debug, Args)]
pub(crate) struct McpArgs {
    /// Capabilities that are tools: `acme/*`, `acme/search.*` or `acme/search.find`; repeat for
    /// several
    #[arg(long, value_name = "PATTERN", required = true)]
    allow: Vec<String>,
    /// Those of them that are not; repeat for several
    #[arg(long, value_name = "PATTERN")]
    deny: Vec<String>,
    /// Time limit for each call and for each item of a stream, at most 10m
    #[arg(long, default_value = "60s", value_parser = duration)]
    timeout: Duration,
    /// File with the hashes of the tools' descriptions, created at its first use; a tool that has
    /// changed since is marked
    #[arg(long, value_name = "FILE")]
    pins: Option<PathBuf>,
}

pub(crate) async fn run(args: &McpArgs, mesh: &MeshFlags) -> Result<(), Failure> {
    let mut errors = Errors::default();
    let client = mesh.client(&mut errors);
    let mut read = |flag: &str, patterns: &[String]| {
        let read = Exposure::read(patterns.iter().map(String::as_str));
        errors.check(read.map_err(|error| format!("{flag}: {error}")))
    };
    let (allow, deny) = (read("--allow", &args.allow), read("--deny", &args.deny));
    let pins = match &args.pins {
        Some(file) => errors.check(Pins::load(file).map_err(|why| format!("--pins: {why}"))),
        None => Some(Pins::default()),
    };
    let options = allow
        .zip(deny)
        .zip(pins)
        .map(|((allow, deny), pins)| McpOptions {
            allow,
            deny,
            timeout: args.timeout,
            pins,
        });
    let options = errors.finish(options)?;
    log()?;
    let mut interrupt = Interrupt::listen()?;
    let client = mesh.connect_with(client).await?;
    let server = McpServer::new(client.mesh().clone(), options);
    let served = server.serve_stdio(interrupt.received()).await;
    client.close().await;
    served.map_err(|why| Failure::new("failed", format!("the client does not speak MCP: {why}")))
}
