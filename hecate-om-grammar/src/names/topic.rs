//! Rules for topics.

use super::segment::{segment, version_suffix};
use super::{MAX_TOPIC_BYTES, NameError};

/// The segments for the whole organisation and the whole realm.
const TIERS: [&str; 2] = ["_org", "_realm"];

pub(super) fn check(text: &str) -> Result<(), NameError> {
    if text.len() > MAX_TOPIC_BYTES {
        return Err(NameError::TopicTooLong { bytes: text.len() });
    }
    // As in hecate-om (Erlang), topics of the mesh itself can have any form.
    if text.starts_with('_') {
        return Ok(());
    }
    let mut start = 0;
    for part in text.split('/') {
        if start == 0 || !TIERS.contains(&part) {
            segment("topic", text, start..start + part.len())?;
        }
        start += part.len() + 1;
    }
    let from_one = |suffix: &str| suffix.bytes().any(|byte| matches!(byte, b'1'..=b'9'));
    let versioned = version_suffix(text).is_some_and(from_one);
    if text.contains('/') && !versioned {
        return Err(NameError::NoVersion {
            text: text.to_owned(),
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_of_this_repository_and_of_the_erlang_library_are_valid() {
        for text in [
            "acme/shop/order_placed_v1",
            "io.macula/mcl-warden/warden/watch/attacker_sighted_v12",
            "io.macula/_realm/_realm/directory/org_admitted_v1",
            "denials_observed",
            "_mesh.cap.",
        ] {
            assert_eq!(check(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn an_invalid_topic_is_refused_with_what_to_write() {
        for (text, why) in [
            ("", "the topic is empty"),
            ("acme//x_v1", "the topic is empty in `acme//x_v1`"),
            ("acme/Shop/x_v1", "`S` at character 6 of the topic"),
            ("acme/*/x_v1", "`*` at character 6 of the topic"),
            ("acme/shop/x", "write `acme/shop/x_v1`"),
            ("acme/shop/x_v", "does not end in the version of the fact"),
            ("acme/shop/x_v00", "does not end in the version of the fact"),
            (&"x".repeat(513), "513 bytes long"),
        ] {
            let error = check(text).unwrap_err().to_string();
            assert!(error.contains(why), "{text}: {error}");
        }
    }
}
