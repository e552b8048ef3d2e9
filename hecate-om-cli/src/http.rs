//! HTTP client of a health listener, over TCP or a Unix socket.

use std::future::poll_fn;
use std::path::PathBuf;
use std::pin::Pin;
use std::time::Duration;

use hyper::body::{Body, Incoming};
use hyper::client::conn::http1;
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};

/// Maximum size of a response.
const MAX_BODY: usize = 8 * 1024 * 1024;

/// Address of a health listener.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Endpoint {
    /// `host:port`.
    Tcp(String),
    Unix(PathBuf),
}

impl Endpoint {
    pub(crate) fn parse(url: &str) -> Result<Self, String> {
        let invalid = |problem: &str| {
            format!(
                "--health `{url}`: {problem}; write `http://<host>:<port>` or `unix:/path/to.sock`"
            )
        };
        if let Some(path) = url.strip_prefix("unix:") {
            let path = PathBuf::from(path.trim_start_matches("//"));
            return if path.is_absolute() {
                Ok(Self::Unix(path))
            } else {
                Err(invalid("the socket's path must be absolute"))
            };
        }
        if url.starts_with("https:") {
            return Err(invalid(
                "TLS is not supported; name the service's Unix socket",
            ));
        }
        let authority = url.strip_prefix("http://").unwrap_or(url);
        let authority = authority.split('/').next().unwrap_or_default();
        let (host, port) = authority
            .rsplit_once(':')
            .ok_or_else(|| invalid("the port is missing"))?;
        match port.parse::<u16>() {
            Ok(port) if port > 0 && !host.is_empty() && !host.contains(char::is_whitespace) => {
                Ok(Self::Tcp(authority.to_owned()))
            }
            _ => Err(invalid("it is not a host and port")),
        }
    }

    /// Sends `GET path`, and returns the status and the body.
    pub(crate) async fn get(
        &self,
        path: &str,
        timeout: Duration,
    ) -> Result<(StatusCode, String), String> {
        self.send(Method::GET, path, timeout).await
    }

    /// Sends a request without a body, and returns the status and the body.
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        timeout: Duration,
    ) -> Result<(StatusCode, String), String> {
        let response = async {
            match self {
                Self::Tcp(authority) => {
                    let stream = TcpStream::connect(authority).await;
                    request(
                        stream.map_err(|e| e.to_string())?,
                        authority,
                        (method, path),
                    )
                    .await
                }
                Self::Unix(socket) => {
                    let stream = UnixStream::connect(socket).await;
                    request(
                        stream.map_err(|e| e.to_string())?,
                        "localhost",
                        (method, path),
                    )
                    .await
                }
            }
        };
        tokio::time::timeout(timeout, response)
            .await
            .unwrap_or_else(|_| Err("timed out".into()))
    }
}

impl std::fmt::Display for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Tcp(authority) => write!(f, "http://{authority}"),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

async fn request<S>(
    stream: S,
    host: &str,
    (method, path): (Method, &str),
) -> Result<(StatusCode, String), String>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let text = |error: hyper::Error| error.to_string();
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(text)?;
    // The task ends when `sender` is dropped, and the request reports errors of the connection.
    tokio::spawn(connection);
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(hyper::header::HOST, host)
        .header(hyper::header::CONNECTION, "close")
        .body(String::new())
        .map_err(|error| error.to_string())?;
    let response = sender.send_request(request).await.map_err(text)?;
    let status = response.status();
    Ok((status, read(response.into_body()).await?))
}

async fn read(mut body: Incoming) -> Result<String, String> {
    let mut bytes = Vec::new();
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        let frame = frame.map_err(|error| error.to_string())?;
        bytes.extend_from_slice(frame.data_ref().map_or(&[], |data| data));
        if bytes.len() > MAX_BODY {
            return Err(format!("the response is larger than {MAX_BODY} bytes"));
        }
    }
    String::from_utf8(bytes).map_err(|_| "the response is not UTF-8".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listener_is_named_by_host_and_port_or_by_its_socket() {
        let tcp = Endpoint::Tcp("127.0.0.1:8470".into());
        for url in [
            "http://127.0.0.1:8470",
            "http://127.0.0.1:8470/",
            "http://127.0.0.1:8470/metrics",
            "127.0.0.1:8470",
        ] {
            assert_eq!(Endpoint::parse(url).as_ref(), Ok(&tcp), "{url}");
        }
        for url in ["unix:/run/a.sock", "unix:///run/a.sock"] {
            let unix = Endpoint::Unix("/run/a.sock".into());
            assert_eq!(Endpoint::parse(url), Ok(unix), "{url}");
        }
        for (url, problem) in [
            ("", "port is missing"),
            ("http://localhost", "port is missing"),
            ("http://localhost:0", "not a host and port"),
            ("http://:80", "not a host and port"),
            ("unix:a.sock", "must be absolute"),
            ("https://localhost:8470", "TLS"),
        ] {
            let error = Endpoint::parse(url).unwrap_err();
            assert!(error.contains(problem), "{url}: {error}");
        }
    }
}
