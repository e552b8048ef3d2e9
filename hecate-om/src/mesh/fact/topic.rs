//! Compile-time check of topics.

use hecate_om_manifest::names::MAX_TOPIC_BYTES;

/// Returns `name` if it is a valid topic for publishing. In a constant, an invalid topic is a
/// compile error.
///
/// ```
/// use hecate_om::Mesh;
///
/// const ORDER_PLACED: &str = hecate_om::fact::topic("acme/shop/order_placed_v1");
///
/// # #[allow(dead_code)]
/// fn place(mesh: &Mesh) {
///     mesh.topic(ORDER_PLACED).publish(&1);
/// }
/// ```
///
/// ```compile_fail
/// const ORDER_PLACED: &str = hecate_om::fact::topic("acme/shop/order placed_v1");
/// ```
///
/// # Panics
///
/// If `name` is invalid, and the call is not in a constant.
#[must_use]
pub const fn topic(name: &'static str) -> &'static str {
    assert!(
        is_topic(name.as_bytes()),
        "not a topic: write lower-case parts and the fact's version, as in `acme/shop/order_placed_v1`"
    );
    name
}

/// Checks `name` by the rule of [`hecate_om_manifest::Topic`], in a `const fn`.
const fn is_topic(name: &[u8]) -> bool {
    if name.is_empty() || name.len() > MAX_TOPIC_BYTES {
        return false;
    }
    // Topics of the mesh itself are exempt.
    if name[0] == b'_' {
        return true;
    }
    let (mut start, mut at) = (0, 0);
    while at <= name.len() {
        if at == name.len() || name[at] == b'/' {
            if !is_part(name, start, at) {
                return false;
            }
            start = at + 1;
        }
        at += 1;
    }
    start == name.len() + 1 && (!has_slash(name) || is_versioned(name))
}

/// Returns whether the bytes from `start` to `end` are a valid part of a topic.
const fn is_part(name: &[u8], start: usize, end: usize) -> bool {
    if start > 0 && (is_text(name, start, end, b"_org") || is_text(name, start, end, b"_realm")) {
        return true;
    }
    let mut at = start;
    while at < end {
        match name[at] {
            b'a'..=b'z' | b'0'..=b'9' => {}
            b'.' | b'_' | b'-' if at > start => {}
            _ => return false,
        }
        at += 1;
    }
    start < end
}

const fn is_text(name: &[u8], start: usize, end: usize, text: &[u8]) -> bool {
    if end - start != text.len() {
        return false;
    }
    let mut at = 0;
    while at < text.len() {
        if name[start + at] != text[at] {
            return false;
        }
        at += 1;
    }
    true
}

const fn has_slash(name: &[u8]) -> bool {
    let mut at = 0;
    while at < name.len() {
        if name[at] == b'/' {
            return true;
        }
        at += 1;
    }
    false
}

/// Returns whether the name ends in `_v` and a number other than zero.
const fn is_versioned(name: &[u8]) -> bool {
    let (mut at, mut from_one) = (name.len(), false);
    while at > 0 && name[at - 1].is_ascii_digit() {
        at -= 1;
        from_one |= name[at] != b'0';
    }
    from_one && at >= 2 && name[at - 1] == b'v' && name[at - 2] == b'_'
}

#[cfg(test)]
mod tests {
    use hecate_om_manifest::Topic;

    use super::*;

    #[test]
    fn the_rule_for_constants_is_that_for_other_topics() {
        let parts = [
            "", "a", "acme", "Shop", "*", "_org", "_realm", "_", "x.y", ".x", "é", "x_v1", "x_v0",
            "x_v00", "x_v10", "x_v", "xv1", "_v1", "1",
        ];
        for first in parts {
            for second in parts {
                for third in parts {
                    for name in [
                        first.to_owned(),
                        format!("{first}/{second}"),
                        format!("{first}/{second}/{third}"),
                    ] {
                        let expected = name.parse::<Topic>().is_ok();
                        assert_eq!(is_topic(name.as_bytes()), expected, "`{name}`");
                    }
                }
            }
        }
        for bytes in [MAX_TOPIC_BYTES, MAX_TOPIC_BYTES + 1] {
            let name = "x".repeat(bytes);
            assert_eq!(is_topic(name.as_bytes()), name.parse::<Topic>().is_ok());
        }
    }
}
