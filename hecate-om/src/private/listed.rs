//! Comparison of a handler with the build script's list, at compile time of the handler.

use hecate_om_manifest::handler_key::SUBSCRIPTION;

/// Returns whether the build script lists a handler that is compiled in `module`. Without a list,
/// or in a crate that the list does not cover, every handler counts as listed.
#[must_use]
pub const fn is_listed(list: Option<&str>, module: &str, handler: &str) -> bool {
    is_key_listed(list, module, handler.as_bytes(), b"")
}

/// Like [`is_listed`], for the subscription of a handler to a topic that only its fact's type has.
/// A topic that the list escapes counts as listed.
#[must_use]
pub const fn is_subscription_listed(list: Option<&str>, module: &str, topic: &str) -> bool {
    let mut at = 0;
    while at < topic.len() {
        match topic.as_bytes()[at] {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'_' | b'-' | b'/' => at += 1,
            _ => return true,
        }
    }
    is_key_listed(list, module, SUBSCRIPTION.as_bytes(), topic.as_bytes())
}

/// Returns whether the list has the key `start` followed by `end`.
const fn is_key_listed(list: Option<&str>, module: &str, start: &[u8], end: &[u8]) -> bool {
    let Some(list) = list else { return true };
    let (of_crate, _) = split(module.as_bytes(), b':');
    let mut crates = list.as_bytes();
    let mut is_covered = false;
    while !crates.is_empty() {
        let (section, next) = split(crates, b';');
        crates = next;
        let (name, mut handlers) = split(section, b'|');
        if !equal(name, of_crate) {
            continue;
        }
        is_covered = true;
        while !handlers.is_empty() {
            let (listed, next) = split(handlers, b'|');
            handlers = next;
            if is_joined(listed, start, end) {
                return true;
            }
        }
    }
    !is_covered
}

/// Returns whether `whole` is `start` followed by `end`.
const fn is_joined(whole: &[u8], start: &[u8], end: &[u8]) -> bool {
    if whole.len() != start.len() + end.len() {
        return false;
    }
    let (first, last) = whole.split_at(start.len());
    equal(first, start) && equal(last, end)
}

/// Splits at the first `separator`, which neither part contains.
const fn split(text: &[u8], separator: u8) -> (&[u8], &[u8]) {
    let mut at = 0;
    while at < text.len() {
        if text[at] == separator {
            let (before, after) = text.split_at(at);
            return (before, after.split_at(1).1);
        }
        at += 1;
    }
    (text, &[])
}

const fn equal(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let mut at = 0;
    while at < a.len() {
        if a[at] != b[at] {
            return false;
        }
        at += 1;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::{is_listed, is_subscription_listed};

    #[test]
    fn a_handler_is_looked_up_in_the_list_of_its_crate() {
        let list = Some("demo|capability a 1|schedule b;tool;it|capability c 1");
        assert!(is_listed(list, "demo::inner", "capability a 1"));
        assert!(is_listed(list, "demo", "schedule b"));
        assert!(!is_listed(list, "demo", "capability a 2"));
        assert!(!is_listed(list, "demo", "capability c 1"));
        assert!(!is_listed(list, "tool", "capability a 1"));
    }

    #[test]
    fn a_subscription_is_looked_up_by_the_topic_of_its_facts_type() {
        let list = Some("demo|subscription acme/shop/x_v1|subscription acme/shop/x_v10");
        assert!(is_subscription_listed(list, "demo", "acme/shop/x_v1"));
        assert!(!is_subscription_listed(list, "demo", "acme/shop/x_v2"));
        assert!(!is_subscription_listed(list, "demo", "acme/shop/x_v"));
        assert!(is_subscription_listed(list, "demo", "_mesh;x"));
        assert!(is_subscription_listed(None, "demo", "acme/shop/x_v2"));
    }

    #[test]
    fn a_crate_without_a_list_is_not_checked() {
        for list in [None, Some(""), Some("demo|capability a 1")] {
            assert!(is_listed(list, "slice", "capability a 1"), "{list:?}");
        }
    }
}
