//! Requests to a gateway.

use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use serde_json::Value;

/// A request, sent on a connection of its own.
#[derive(Debug, Clone)]
pub(super) struct Request {
    method: &'static str,
    path: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

/// The response, with its body whole.
#[derive(Debug)]
pub(super) struct Response {
    pub(super) status: u16,
    headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

impl Request {
    pub(super) fn get(path: &str) -> Self {
        Self {
            method: "GET",
            path: path.to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    pub(super) fn with_method(self, method: &'static str) -> Self {
        Self { method, ..self }
    }

    /// Returns the call of a procedure.
    pub(super) fn post(procedure: &str, request: &Value) -> Self {
        Self::get(&format!("/v1/{procedure}"))
            .with_method("POST")
            .header("content-type", "application/json")
            .body(request.to_string())
    }

    pub(super) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(super) fn body(self, body: impl Into<Vec<u8>>) -> Self {
        Self {
            body: body.into(),
            ..self
        }
    }

    /// Sends the request and returns the connection, to read the response from.
    pub(super) fn open(&self, addr: SocketAddr) -> TcpStream {
        let mut stream = TcpStream::connect(addr).expect("the gateway listens");
        let mut head = format!(
            "{} {} HTTP/1.1\r\nconnection: close\r\n",
            self.method, self.path
        );
        let has = |name: &str| self.headers.iter().any(|(given, _)| given == name);
        if !has("host") {
            write!(head, "host: {addr}\r\n").expect("text can be written");
        }
        if !has("transfer-encoding") {
            write!(head, "content-length: {}\r\n", self.body.len()).expect("text can be written");
        }
        for (name, value) in &self.headers {
            write!(head, "{name}: {value}\r\n").expect("text can be written");
        }
        stream
            .write_all((head + "\r\n").as_bytes())
            .expect("the gateway reads");
        // A gateway that has answered may close before it has read everything.
        let _ = stream.write_all(&self.body);
        stream
    }

    pub(super) fn send(&self, addr: SocketAddr) -> Response {
        let mut bytes = Vec::new();
        // The response counts, also if the connection is reset after it.
        let _ = self.open(addr).read_to_end(&mut bytes);
        Response::parse(&bytes)
    }
}

impl Response {
    pub(super) fn parse(bytes: &[u8]) -> Self {
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n");
        let end = end.unwrap_or_else(|| panic!("no response: {}", String::from_utf8_lossy(bytes)));
        let head = std::str::from_utf8(&bytes[..end]).expect("headers are text");
        let mut lines = head.lines();
        let status = lines.next().and_then(|line| line.split(' ').nth(1));
        let headers: Vec<_> = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        let body = &bytes[end + 4..];
        let is_chunked = headers.iter().any(|(name, _)| name == "transfer-encoding");
        Self {
            status: status
                .and_then(|status| status.parse().ok())
                .expect("a response has a status"),
            headers,
            body: if is_chunked {
                unchunked(body)
            } else {
                body.to_vec()
            },
        }
    }

    /// Returns the header's value, or an empty text.
    pub(super) fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(given, _)| given == name);
        found.map(|(_, value)| value.as_str()).unwrap_or_default()
    }

    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// Returns the lines of the body, each as JSON.
    pub(super) fn lines(&self) -> Vec<Value> {
        let text = self.text();
        let lines = text.lines();
        lines
            .map(|line| serde_json::from_str(line).expect("each line is JSON"))
            .collect()
    }

    /// Returns the code of a problem.
    pub(super) fn code(&self) -> String {
        assert_eq!(
            self.header("content-type"),
            "application/problem+json",
            "{self:?}"
        );
        let problem = self.json();
        assert_eq!(problem["status"], self.status, "{problem}");
        assert!(
            problem["detail"]
                .as_str()
                .is_some_and(|detail| !detail.is_empty()),
            "{problem}"
        );
        problem["code"]
            .as_str()
            .expect("a problem has a code")
            .to_owned()
    }
}

/// Removes the frames of a chunked body (RFC 9112, section 7.1). A body that breaks off ends where
/// it does.
fn unchunked(mut body: &[u8]) -> Vec<u8> {
    let mut whole = Vec::new();
    while let Some(end) = body.windows(2).position(|window| window == b"\r\n") {
        let size = std::str::from_utf8(&body[..end]).expect("a size is text");
        let size = usize::from_str_radix(size, 16).expect("a size is a number");
        let from = end + 2;
        if size == 0 || body.len() < from + size {
            break;
        }
        whole.extend_from_slice(&body[from..from + size]);
        body = &body[(from + size + 2).min(body.len())..];
    }
    whole
}

/// Encodes a text for the query of an address.
pub(super) fn percent_encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() {
            encoded.push(char::from(byte));
        } else {
            write!(encoded, "%{byte:02X}").expect("text can be written");
        }
        encoded
    })
}
