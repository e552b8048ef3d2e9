//! Keys of handlers in the list that the build script passes to the macros: the handlers that the
//! scanner found, by crate. A macro fails the build if its handler is not in the list.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Bytes that are escaped in a key, such as separators of the list and line breaks, because a topic
/// of the mesh itself can contain any character.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'.')
    .remove(b'_')
    .remove(b'-')
    .remove(b'/');

/// The environment variable that contains the list.
pub const VARIABLE: &str = "HECATE_OM_HANDLERS";

/// Returns the key of a capability.
#[must_use]
pub fn capability(name: &str, version: u32) -> String {
    format!("capability {name} {version}")
}

/// The start of a subscription's key, before the topic.
pub const SUBSCRIPTION: &str = "subscription ";

/// Returns the key of a subscription.
#[must_use]
pub fn subscription(topic: &str) -> String {
    format!("{SUBSCRIPTION}{}", utf8_percent_encode(topic, ESCAPED))
}

/// Returns the key of a published fact.
#[must_use]
pub fn publication(topic: &str) -> String {
    format!("publication {}", utf8_percent_encode(topic, ESCAPED))
}

/// Returns the key of a schedule.
#[must_use]
pub fn schedule(name: &str) -> String {
    format!("schedule {name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_topic_breaks_the_list() {
        assert_eq!(
            subscription("acme/shop/order_placed_v1"),
            "subscription acme/shop/order_placed_v1"
        );
        let key = subscription("_mesh;x|y\nz");
        assert!(!key.contains([';', '|', '\n']), "{key}");
        assert_ne!(key, subscription("_mesh;x|y z"));
    }
}
