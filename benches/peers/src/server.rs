//! Process of a server, and the certificate that it presents.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

const CERTIFICATE: &str = "HECATE_BENCH_CERTIFICATE";
const KEY: &str = "HECATE_BENCH_KEY";
/// Name of the server in its certificate.
pub(crate) const NAME: &str = "localhost";

/// Process that ends with its handle.
pub(crate) struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        // The process may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Server {
    pub(crate) fn start(command: &mut Command) -> Self {
        Self(command.spawn().expect("the server starts"))
    }
}

/// Starts this program as the server of `peer`. Returns the first line that it prints, and its
/// certificate.
pub(crate) fn start(peer: &str, settings: &[(&str, &str)]) -> (Server, String, String) {
    let issued = rcgen::generate_simple_self_signed([NAME.to_owned()]);
    let issued = issued.expect("a certificate is issued");
    let certificate = issued.cert.pem();
    let program = std::env::current_exe().expect("a program knows its path");
    let mut command = Command::new(program);
    command
        .args([peer, "serve"])
        .envs(settings.iter().copied())
        .env(CERTIFICATE, &certificate)
        .env(KEY, issued.signing_key.serialize_pem())
        .stdin(Stdio::null())
        .stdout(Stdio::piped());
    let mut server = Server::start(&mut command);
    let mut line = String::new();
    let output = server.0.stdout.take().expect("it is piped");
    let read = BufReader::new(output).read_line(&mut line);
    assert!(read.is_ok_and(|bytes| bytes > 0), "the server ended");
    (server, line.trim_end().to_owned(), certificate)
}

/// Returns the certificate and the key of this process.
pub(crate) fn identity() -> (String, String) {
    let variable = |name| std::env::var(name).expect("it is set by the parent");
    (variable(CERTIFICATE), variable(KEY))
}
