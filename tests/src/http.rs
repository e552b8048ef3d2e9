//! Plain HTTP requests to a health listener.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::Value;

/// Requests `GET path` from `addr` and returns the status and the body, or `None` if nothing
/// listens.
///
/// # Panics
///
/// If the response is not HTTP.
#[must_use]
pub fn get(addr: &str, path: &str) -> Option<(u16, String)> {
    let mut stream = TcpStream::connect(addr).ok()?;
    let request = format!("GET {path} HTTP/1.1\r\nhost: {addr}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).ok()?;
    let mut text = String::new();
    // A server that responds before it has read everything resets the connection; the response
    // still counts.
    let _ = stream.read_to_string(&mut text);
    parse(&text)
}

/// Parses a response into its status and body; `None` if the text is empty.
///
/// # Panics
///
/// If the response is not HTTP.
#[must_use]
pub fn parse(text: &str) -> Option<(u16, String)> {
    let (head, body) = text.split_once("\r\n\r\n")?;
    let status = head
        .split(' ')
        .nth(1)?
        .parse()
        .expect("a status is a number");
    Some((status, body.to_owned()))
}

/// Like [`get`], with the body as JSON.
///
/// # Panics
///
/// If nothing listens, or the body is not JSON.
#[must_use]
pub fn json(addr: &str, path: &str) -> (u16, Value) {
    let (status, body) = get(addr, path).expect("the health listener answers");
    let body = serde_json::from_str(&body).unwrap_or_else(|e| panic!("{e}: {body}"));
    (status, body)
}
