//! A health listener, asked as a probe asks it.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::Value;

/// `GET path` at `addr`: the status and the body; `None` where nobody listens.
///
/// # Panics
///
/// Where what answers is not HTTP.
#[must_use]
pub fn get(addr: &str, path: &str) -> Option<(u16, String)> {
    let mut stream = TcpStream::connect(addr).ok()?;
    let request = format!("GET {path} HTTP/1.1\r\nhost: {addr}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).ok()?;
    let mut text = String::new();
    // Who answers before all was read resets the connection as it closes it; what it answered stands.
    let _ = stream.read_to_string(&mut text);
    parse(&text)
}

/// The status and the body of an answer; `None` where it is none.
///
/// # Panics
///
/// Where what answers is not HTTP.
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

/// [`get`] with the body as JSON.
///
/// # Panics
///
/// Where nobody listens, or the body is no JSON.
#[must_use]
pub fn json(addr: &str, path: &str) -> (u16, Value) {
    let (status, body) = get(addr, path).expect("the health listener answers");
    let body = serde_json::from_str(&body).unwrap_or_else(|e| panic!("{e}: {body}"));
    (status, body)
}
