//! `call`: JSON in, JSON out.

use std::io::Read;

use serde_json::Value;

use crate::args::Call;
use crate::json::Json;
use crate::output::{Failure, Output, pretty};

/// The most that is read of a request: the wire's frame.
const MAX_REQUEST: u64 = 16 * 1024 * 1024;

pub(crate) async fn run(args: Call, output: &Output) -> Result<(), Failure> {
    let request = request(args.request.as_deref())?;
    let client = super::client().await?;
    let mut outgoing = client
        .mesh()
        .procedure(args.procedure)
        .timeout(args.timeout);
    if let Some(provider) = args.provider {
        outgoing = outgoing.provider(provider);
    }
    let answer = outgoing.call::<Value, Json>(&request).await;
    client.close().await;
    let Json(answer) = answer?;
    output.done(&answer, || pretty(&answer))
}

fn request(text: Option<&str>) -> Result<Value, Failure> {
    let (text, from) = match text {
        None => return Ok(Value::Null),
        Some("-") => (read(std::io::stdin().lock())?, "standard input".to_owned()),
        Some(text) => match text.strip_prefix('@') {
            Some(path) => {
                let file = std::fs::File::open(path)
                    .map_err(|error| Failure::malformed(format!("`{path}`: {error}")))?;
                (read(file)?, format!("`{path}`"))
            }
            None => (text.to_owned(), format!("`{text}`")),
        },
    };
    serde_json::from_str(&text).map_err(|error| {
        Failure::malformed(format!(
            "{from} is not JSON: {error}; a text needs its quotes, as in '\"hello\"'"
        ))
    })
}

fn read(from: impl Read) -> Result<String, Failure> {
    let mut text = String::new();
    from.take(MAX_REQUEST + 1)
        .read_to_string(&mut text)
        .map_err(|error| Failure::malformed(format!("the request cannot be read: {error}")))?;
    match text.len() as u64 > MAX_REQUEST {
        true => Err(Failure::malformed("the request is over the wire's 16 MiB")),
        false => Ok(text),
    }
}
