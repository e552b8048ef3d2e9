//! HTTP requests to the health endpoints.

use hecate_om::__private::serve_health;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};
use tokio::runtime::{Builder, Runtime};

use crate::limits::within_limits;

/// Memory for each byte of input: hyper buffers and parses the header, and answers.
const FACTOR: u64 = 64;

/// Size of the buffer of each direction, in bytes.
const BUFFER: usize = 64 * 1024;

/// Status codes of answers.
const CODES: [u16; 10] = [200, 400, 404, 405, 408, 414, 421, 431, 500, 503];

/// Checks that any bytes on a connection are answered with at most one complete response of a
/// documented status, and that the connection then ends.
///
/// # Panics
///
/// If a property does not hold.
pub fn health_http(input: &[u8]) {
    thread_local! {
        // With simulated time, the time limits of a connection pass at once.
        static RUNTIME: Runtime = Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .expect("a runtime starts");
    }
    let answer = RUNTIME
        .with(|runtime| within_limits(input.len(), FACTOR, || runtime.block_on(exchange(input))));
    if answer.is_empty() {
        return;
    }
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n");
    let (head, body) = answer.split_at(end.expect("an answer has a header") + 4);
    let head = std::str::from_utf8(head).expect("a header is text");
    assert!(
        head.starts_with("HTTP/1.1 ") || head.starts_with("HTTP/1.0 "),
        "{head}"
    );
    let code = head[9..12].parse().expect("a status is a number");
    assert!(CODES.contains(&code), "{head}");
    assert_eq!(head.matches("HTTP/1.").count(), 1, "one answer: {head}");
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.trim().parse::<usize>())
    });
    match length {
        // The response to HEAD has no body.
        Some(length) if !is_head(input) => {
            assert_eq!(length, Ok(body.len()), "{head}");
        }
        _ => assert!(body.is_empty() || length.is_none(), "{head}"),
    }
}

/// Returns whether the first request has the method HEAD. Empty lines before it are ignored.
fn is_head(input: &[u8]) -> bool {
    let start = input.iter().position(|byte| !b"\r\n".contains(byte));
    input[start.unwrap_or_default()..].starts_with(b"HEAD ")
}

/// Sends the input, and returns everything that is received until the connection ends.
async fn exchange(input: &[u8]) -> Vec<u8> {
    let (mut client, server) = duplex(BUFFER);
    let sent = input.to_vec();
    let server = tokio::spawn(serve_health(server));
    let mut answer = Vec::new();
    let (mut reader, mut writer) = tokio::io::split(&mut client);
    let write = async {
        // The connection may end before it has read everything.
        let _ = writer.write_all(&sent).await;
        let _ = writer.shutdown().await;
    };
    let read = async {
        let _ = reader.read_to_end(&mut answer).await;
    };
    tokio::join!(write, read);
    server.await.expect("a connection does not panic");
    answer
}
