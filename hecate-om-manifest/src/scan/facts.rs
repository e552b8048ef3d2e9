//! Topics of the types of facts.

use std::collections::BTreeSet;
use std::path::PathBuf;

/// A type with a topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FactType {
    pub(super) name: String,
    pub(super) topic: String,
    pub(super) file: PathBuf,
}

/// A type as a handler's argument names it.
#[derive(Debug, Clone)]
pub(super) struct FactPath {
    /// The parts of the path, after the imports of its file.
    pub(super) path: Vec<String>,
    pub(super) file: PathBuf,
}

/// A type with a topic, and its crate.
#[derive(Debug, Clone)]
pub(super) struct KnownFact {
    pub(super) fact: FactType,
    /// The names by which other crates may use the type's crate.
    pub(super) crate_names: Vec<String>,
    /// The package of the crate.
    pub(super) package: String,
}

/// Returns the topic of a type that a crate of `package` names.
///
/// # Errors
///
/// Returns why the topic is not known, with what to do.
pub(super) fn topic_of(
    path: &FactPath,
    package: &str,
    known: &[KnownFact],
) -> Result<String, String> {
    let name = path.path.last().map_or("", String::as_str);
    let named: Vec<&KnownFact> = known
        .iter()
        .filter(|known| known.fact.name == name)
        .collect();
    let first = path.path.first().filter(|_| path.path.len() > 1);
    let of_crate = |known: &&&KnownFact| {
        first.is_some_and(|first| known.crate_names.iter().any(|name| name == first))
    };
    let of_package = |known: &&&KnownFact| known.package == package;
    let of_file = |known: &&&KnownFact| known.fact.file == path.file;
    // From the certain to the likely; types of one topic need no choice between them.
    let narrower: [Vec<&KnownFact>; 4] = [
        named.iter().filter(of_crate).copied().collect(),
        named.iter().filter(of_file).copied().collect(),
        named.iter().filter(of_package).copied().collect(),
        named,
    ];
    let found = narrower.into_iter().find(|found| !found.is_empty());
    let topics: BTreeSet<String> = found
        .into_iter()
        .flatten()
        .map(|known| known.fact.topic.clone())
        .collect();
    let written = "write the topic, as in `#[subscribe(\"acme/shop/order_placed_v1\")]`";
    let mut topics = topics.into_iter();
    match (topics.next(), topics.next()) {
        (Some(topic), None) => Ok(topic),
        (Some(topic), Some(other)) => Err(format!(
            "several types `{name}` are facts, of the topics `{topic}` and `{other}`: {written}"
        )),
        (None, _) => Err(format!(
            "the build script finds no topic of the type `{name}`: put `#[fact(\"…\")]` on it if the service publishes \
             it, or {written}"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(name: &str, topic: &str, file: &str, package: &str) -> KnownFact {
        KnownFact {
            fact: FactType {
                name: name.into(),
                topic: topic.into(),
                file: file.into(),
            },
            crate_names: vec![package.replace('-', "_")],
            package: package.into(),
        }
    }

    fn topic(path: &str, file: &str, all: &[KnownFact]) -> Result<String, String> {
        let path = FactPath {
            path: path.split("::").map(str::to_owned).collect(),
            file: file.into(),
        };
        topic_of(&path, "billing", all)
    }

    #[test]
    fn a_type_is_found_by_crate_then_file_then_package() {
        let all = [
            known("Placed", "a_v1", "a.rs", "billing"),
            known("Placed", "b_v1", "b.rs", "billing"),
            known("Placed", "c_v1", "c.rs", "shop-client"),
            known("Paid", "d_v1", "c.rs", "shop-client"),
        ];
        assert_eq!(topic("Paid", "x.rs", &all), Ok("d_v1".into()));
        assert_eq!(
            topic("shop_client::Placed", "a.rs", &all),
            Ok("c_v1".into())
        );
        assert_eq!(topic("Placed", "b.rs", &all), Ok("b_v1".into()));
        let ambiguous = topic("Placed", "x.rs", &all).unwrap_err();
        assert!(ambiguous.contains("`a_v1` and `b_v1`"), "{ambiguous}");
        let unknown = topic("Shipped", "x.rs", &all).unwrap_err();
        assert!(
            unknown.contains("no topic of the type `Shipped`"),
            "{unknown}"
        );
        assert_eq!(
            topic("crate::c::Placed", "x.rs", &all[1..]),
            Ok("b_v1".into())
        );
    }
}
