//! Parsers of argument values. Invalid values are refused before the command connects to a mesh.

use std::time::Duration;

use hecate_om_manifest::{MAX_PROCEDURE_BYTES, OrgName};

/// Checks a procedure's name.
pub(crate) fn procedure(text: &str) -> Result<String, String> {
    let form = || "write `<org>/<name>`, as in `hecate-echo/echo.say`".to_owned();
    let (organisation, name) = text.split_once('/').ok_or_else(form)?;
    if organisation.is_empty() || name.is_empty() {
        return Err(form());
    }
    org(organisation)?;
    // Other implementations may use any name that the wire allows.
    if name.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Err(format!(
            "the name `{name}` has white space or control characters; {}",
            form()
        ));
    }
    if text.len() > MAX_PROCEDURE_BYTES {
        return Err(format!(
            "it has {} bytes; a procedure has at most {MAX_PROCEDURE_BYTES}",
            text.len()
        ));
    }
    Ok(text.into())
}

/// Checks an org, or the namespace of a node's runtime, `~<node id>`.
pub(crate) fn org(text: &str) -> Result<String, String> {
    match text.strip_prefix('~') {
        Some(node) => node_id(node).map(|_| text.into()),
        None => match text.parse::<OrgName>() {
            Ok(org) => Ok(org.into()),
            Err(error) => Err(error.to_string()),
        },
    }
}

/// Checks that the argument of a file or an org is not empty.
pub(crate) fn file_or_org(text: &str) -> Result<String, String> {
    if text.is_empty() {
        return Err("it is empty; name a file or an org".into());
    }
    Ok(text.into())
}

pub(crate) fn procedure_or_org(text: &str) -> Result<String, String> {
    if text.contains('/') {
        procedure(text)
    } else {
        org(text)
    }
}

/// Default time limit for the mesh and for a service.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(5);

pub(crate) const MINUTE: Duration = Duration::from_secs(60);

/// Parses a time limit, at most ten minutes.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    duration_within(text, MINUTE * 10)
}

/// Parses the duration of a measurement or a subscription, at most a day.
pub(crate) fn length(text: &str) -> Result<Duration, String> {
    duration_within(text, MINUTE * 60 * 24)
}

/// Parses a duration from a millisecond to `max`, which must be whole minutes.
pub(crate) fn duration_within(text: &str, max: Duration) -> Result<Duration, String> {
    let parsed = humantime::parse_duration(text)
        .map_err(|error| format!("{error}; write `500ms`, `5s` or `2m`"))?;
    if (Duration::from_millis(1)..=max).contains(&parsed) {
        return Ok(parsed);
    }
    let minutes = max.as_secs() / MINUTE.as_secs();
    let max = if minutes < 60 {
        format!("{minutes}m")
    } else {
        format!("{}h", minutes / 60)
    };
    Err(format!("it must be between 1ms and {max}"))
}

fn node_id(text: &str) -> Result<hecate_om::identity::NodeId, String> {
    text.parse()
        .map_err(|error: hecate_om::identity::NodeIdError| error.to_string())
}

/// Parses a node id. The id of all zeros means any node on the wire, and is refused.
pub(crate) fn one_node(text: &str) -> Result<hecate_om::identity::NodeId, String> {
    let node = node_id(text)?;
    if node.as_bytes() == &[0; 32] {
        return Err("all zeros means any node; write the id of one node".into());
    }
    Ok(node)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_refused_with_the_range_of_its_option() {
        assert_eq!(duration("10m"), Ok(MINUTE * 10));
        assert_eq!(length("1h"), Ok(MINUTE * 60));
        for (refused, range) in [
            (duration("11m"), "1ms and 10m"),
            (duration("0s"), "1ms and 10m"),
            (length("25h"), "1ms and 24h"),
            (duration_within("2h", MINUTE * 60), "1ms and 1h"),
        ] {
            let why = refused.unwrap_err();
            assert!(why.ends_with(range), "{why}");
        }
        assert!(duration("soon").is_err());
    }

    #[test]
    fn a_node_id_of_zeros_is_refused() {
        assert!(one_node(&"01".repeat(32)).is_ok());
        assert!(one_node(&"00".repeat(32)).unwrap_err().contains("any node"));
        assert!(one_node("xyz").is_err());
    }
}
