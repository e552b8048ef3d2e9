//! `gateway`: serves capabilities of the mesh over HTTP.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use hecate_om_gateway::{Callers, Exposure, Gateway, Options, Origins, Tls};
use serde_json::json;

use crate::commands::dev::log;
use crate::flags::{Errors, MeshFlags};
use crate::interrupt::Interrupt;
use crate::output::{Failure, Output};

#[derive(Debug, Args)]
pub(crate) struct GatewayArgs {
    /// Address of the listener; port 0 takes a free port
    #[arg(long, value_name = "IP:PORT", default_value = "127.0.0.1:8481")]
    listen: SocketAddr,
    /// Procedures to serve: `acme/*`, `acme/search.*` or `acme/search.find`; repeat for several
    #[arg(long, value_name = "PATTERN", required = true)]
    expose: Vec<String>,
    /// Callers and the hashes of their tokens, in TOML; without it, everybody who reaches the
    /// listener may call
    #[arg(long, value_name = "FILE")]
    callers: Option<PathBuf>,
    /// Listen on an address beyond this machine without `--callers`
    #[arg(long, conflicts_with = "callers")]
    open: bool,
    /// Certificate in PEM, for TLS; its chain follows it
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// Private key of the certificate, in PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// Name of the gateway in addresses, besides IP addresses and `localhost`; repeat for several
    #[arg(long, value_name = "NAME")]
    host: Vec<String>,
    /// Origin of web pages that may call the gateway, such as `https://app.acme.org`; repeat for
    /// several
    #[arg(long, value_name = "ORIGIN")]
    cors_origin: Vec<String>,
    /// Serve the procedures also as tools of agents (MCP), at `/mcp`
    #[arg(long)]
    mcp: bool,
    /// Maximum size of a request, or of an item of one, in bytes
    #[arg(long, value_name = "BYTES", default_value_t = 8 << 20)]
    max_body: usize,
}

pub(crate) async fn run(
    args: &GatewayArgs,
    mesh: &MeshFlags,
    output: &Output,
) -> Result<(), Failure> {
    let mut errors = Errors::default();
    let client = mesh.client(&mut errors);
    let options = args.options(&mut errors);
    let options = errors.finish(options)?;
    log()?;
    let mut interrupt = Interrupt::listen()?;
    let client = mesh.connect_with(client).await?;
    let address = options.listen;
    let bound = Gateway::bind(client.mesh().clone(), options).await;
    let gateway = bound.map_err(|error| {
        Failure::new(
            "failed",
            format!("cannot listen on {address}: {error}; choose another address with `--listen`"),
        )
    })?;
    let scheme = if args.tls_cert.is_some() {
        "https"
    } else {
        "http"
    };
    let url = format!("{scheme}://{}", gateway.local_addr()?);
    let node = client.mesh().node_id().to_string();
    output.print_result(&json!({"url": url, "node_id": node}), || {
        format!(
            "gateway: {url}\n  node id      {node}\n  exposed      {}\n  description  {url}/openapi.json\nPress Ctrl-C to stop.",
            args.expose.join(", ")
        )
    })?;
    gateway.serve(interrupt.received()).await;
    client.close().await;
    Ok(())
}

impl GatewayArgs {
    fn options(&self, errors: &mut Errors) -> Option<Options> {
        let exposure = Exposure::read(self.expose.iter().map(String::as_str));
        let exposure = errors.check(exposure.map_err(|error| format!("--expose: {error}")));
        let origins = Origins::new(self.host.clone(), &self.cors_origin);
        let origins = errors.check(origins.map_err(|error| format!("--cors-origin: {error}")));
        let callers = match &self.callers {
            Some(file) => errors
                .check(Callers::load(file).map_err(|all| format!("--callers: {}", all.join("\n"))))
                .map(Some),
            None => Some(None),
        };
        let tls = match (&self.tls_cert, &self.tls_key) {
            (Some(certificate), Some(key)) => errors
                .check(Tls::load(certificate, key).map_err(|error| format!("TLS: {error}")))
                .map(Some),
            _ => Some(None),
        };
        if !self.listen.ip().is_loopback() && self.callers.is_none() && !self.open {
            errors.check::<()>(Err(format!(
                "--listen {}: everybody who reaches this address could call as this node; name the callers with \
                 `--callers FILE`, or give `--open`",
                self.listen
            )));
        }
        Some(Options {
            listen: self.listen,
            exposure: exposure?,
            origins: origins?,
            callers: callers?,
            tls: tls?,
            mcp: self.mcp,
            max_body: self.max_body,
        })
    }
}
