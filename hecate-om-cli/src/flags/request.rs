//! Requests and facts as JSON, from the command line, a file or standard input.

use std::path::Path;

use hecate_om_gateway::json::{Json, parse};
use serde_json::Value;

use crate::file;

/// A request as JSON.
#[derive(Debug, Clone)]
pub(crate) struct Request(pub(crate) Json);

impl Request {
    /// Reads the argument: JSON, `-` for standard input or `@FILE`; without an argument, null.
    /// `what` names the value in errors.
    pub(crate) fn read(argument: Option<&str>, what: &str) -> Result<Self, String> {
        let (text, from) = match argument {
            None => return Ok(Self(Json(Value::Null))),
            Some("-") => (
                file::read_or_stdin(Path::new("-"))
                    .map_err(|error| format!("cannot read the {what}: {error}"))?,
                "standard input".to_owned(),
            ),
            Some(text) => match text.strip_prefix('@') {
                Some(path) => {
                    let text = file::read(Path::new(path))
                        .map_err(|error| format!("cannot read the {what} in `{path}`: {error}"))?;
                    (text, format!("`{path}`"))
                }
                None => (text.to_owned(), format!("`{text}`")),
            },
        };
        let value = parse(&text).map_err(|why| {
            let is_bare = text.trim_start().starts_with(char::is_alphabetic);
            let hint = if is_bare && why.starts_with("not JSON") {
                "; a JSON string needs quotes, as in '\"hello\"'"
            } else {
                ""
            };
            format!("{from}: {why}{hint}")
        })?;
        Ok(Self(Json(value)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_json_from_the_argument_or_a_file() {
        let read =
            |argument: Option<&str>| Request::read(argument, "fact").map(|request| request.0.0);
        assert_eq!(read(None), Ok(Value::Null));
        assert_eq!(read(Some("[1]")), Ok(serde_json::json!([1])));
        let error = read(Some("hello")).unwrap_err();
        assert!(error.contains("needs quotes"), "{error}");
        let error = read(Some("@/nowhere")).unwrap_err();
        assert!(
            error.starts_with("cannot read the fact in `/nowhere`"),
            "{error}"
        );
    }
}
