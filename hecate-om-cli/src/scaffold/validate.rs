//! Checks of the values of a new service.

use super::name;

/// Returns whether a text needs no escape in a quoted string.
fn is_plain(text: &str) -> bool {
    !text.is_empty() && !text.contains(|c: char| c.is_control() || matches!(c, '"' | '\\'))
}

pub(super) fn description(text: &str) -> Result<(), String> {
    let invalid = |why: &str| Err(format!("the description {why}"));
    match text {
        _ if text.trim().is_empty() => {
            invalid("is empty; write one sentence about what the service does")
        }
        _ if text.contains(|c: char| c.is_control() || c == '\\') => invalid(
            "has a line break, a control character or `\\`; it must read the same in Cargo.toml, manifest.json, image labels \
             and systemd units",
        ),
        // The compiler refuses these in comments and strings.
        _ if text.contains(|c| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')) => {
            invalid("has a character that changes the direction of text; leave it out")
        }
        _ if text
            .split(' ')
            .any(|word| word.is_empty() || word.contains(char::is_whitespace)) =>
        {
            invalid("has white space other than single spaces between words")
        }
        _ => Ok(()),
    }
}

pub(super) fn org(text: &str) -> Result<(), String> {
    if name::is_image_path(text) {
        Ok(())
    } else {
        Err(format!(
            "the org `{text}` is not valid in a registry; use lower-case letters and digits, with `-`, `_` or `.` between them"
        ))
    }
}

pub(super) fn registry(text: &str) -> Result<(), String> {
    let (host, port) = match text.split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (text, None),
    };
    let is_label = |label: &str| {
        let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        label.starts_with(is_word)
            && label.ends_with(is_word)
            && label.chars().all(|c| is_word(c) || c == '-')
    };
    let port_is_one = port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0));
    if host.split('.').all(is_label) && port_is_one {
        Ok(())
    } else {
        Err(format!(
            "the registry `{text}` is not a host; write it as in `ghcr.io` or `registry.example.org:5000`"
        ))
    }
}

/// Checks that a base image is pinned by digest, because a tag can move.
pub(super) fn check_pinned(what: &str, image: &str) -> Result<(), String> {
    let digest = image.split_once("@sha256:").map(|(_, digest)| digest);
    let is_digest = |digest: &str| {
        digest.len() == 64
            && digest
                .bytes()
                .all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    };
    if digest.is_some_and(is_digest) && is_plain(image) && !image.contains(char::is_whitespace) {
        Ok(())
    } else {
        Err(format!(
            "the {what} image `{image}` has no digest; write it as in `debian:12-slim@sha256:<64 hex digits>`"
        ))
    }
}
