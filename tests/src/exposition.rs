//! A strict parser of the OpenMetrics text format: anything that a scraper may reject fails the
//! test.

use std::collections::{BTreeMap, BTreeSet};

/// One line of the page.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// The name, including its type's suffix.
    pub name: String,
    /// The labels.
    pub labels: BTreeMap<String, String>,
    /// The value.
    pub value: f64,
}

/// A parsed page of metrics.
#[derive(Debug, Clone)]
pub struct Exposition {
    samples: Vec<Sample>,
}

/// A family's name and type.
type Family = (String, String);

impl Exposition {
    /// Parses a page.
    ///
    /// # Panics
    ///
    /// If the page is not in the OpenMetrics text format; the message names the line.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let body = text
            .strip_suffix("# EOF\n")
            .expect("the page ends with `# EOF`");
        let mut families = BTreeSet::new();
        let mut current: Family = Default::default();
        let mut seen = BTreeSet::new();
        let mut samples = Vec::new();
        for line in body.lines() {
            if let Some(comment) = line.strip_prefix("# ") {
                let mut parts = comment.splitn(3, ' ');
                let (keyword, name) = (parts.next(), parts.next().unwrap_or_default());
                let rest = parts.next().unwrap_or_default();
                assert!(is_name(name), "no name: {line}");
                match keyword {
                    Some("HELP") => {
                        assert!(families.insert(name.to_owned()), "a second time: {line}");
                        assert!(!rest.is_empty(), "no help: {line}");
                        current = (name.to_owned(), String::new());
                    }
                    Some("TYPE") => {
                        assert_eq!(name, current.0, "not after its family: {line}");
                        current.1 = rest.to_owned();
                    }
                    Some("UNIT") => {
                        assert!(name.ends_with(&format!("_{rest}")), "unit: {line}");
                    }
                    _ => panic!("an unknown comment: {line}"),
                }
                continue;
            }
            let sample = sample(line);
            assert!(
                belongs(&sample.name, &current),
                "not of {current:?}: {line}"
            );
            assert!(
                seen.insert((sample.name.clone(), sample.labels.clone())),
                "twice: {line}"
            );
            samples.push(sample);
        }
        let page = Self { samples };
        page.check_histograms();
        page
    }

    /// Returns the value of the sample with this name whose labels include `labels`, or 0 if no
    /// sample matches.
    ///
    /// # Panics
    ///
    /// If several samples match.
    #[must_use]
    pub fn value(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let has = |s: &&Sample| {
            s.name == name
                && labels
                    .iter()
                    .all(|(k, v)| s.labels.get(*k).is_some_and(|x| x == v))
        };
        let found: Vec<&Sample> = self.samples.iter().filter(has).collect();
        assert!(found.len() < 2, "several: {found:?}");
        found.first().map_or(0.0, |s| s.value)
    }

    /// Returns the names and labels of all samples.
    #[must_use]
    pub fn series(&self) -> BTreeSet<(String, BTreeMap<String, String>)> {
        let series = |s: &Sample| (s.name.clone(), s.labels.clone());
        self.samples.iter().map(series).collect()
    }

    /// Checks that buckets never decrease and that the last one equals the count.
    fn check_histograms(&self) {
        let mut last: BTreeMap<(String, BTreeMap<String, String>), (f64, f64)> = BTreeMap::new();
        for sample in &self.samples {
            let Some(name) = sample.name.strip_suffix("_bucket") else {
                continue;
            };
            let mut labels = sample.labels.clone();
            let bound = labels.remove("le").expect("a bucket has its bound");
            let bound = match bound.as_str() {
                "+Inf" => f64::INFINITY,
                bound => bound.parse().expect("a bound is a number"),
            };
            let before = last.insert((name.to_owned(), labels), (bound, sample.value));
            let (bound_before, before) = before.unwrap_or((f64::NEG_INFINITY, 0.0));
            assert!(bound > bound_before && sample.value >= before, "{sample:?}");
        }
        for ((name, labels), (bound, value)) in last {
            assert!(bound.is_infinite(), "{name} {labels:?} has no last bucket");
            let count = |s: &&Sample| s.name == format!("{name}_count") && s.labels == labels;
            let count = self.samples.iter().find(count).expect("a count");
            assert_eq!(count.value, value, "{name} {labels:?}");
        }
    }
}

fn belongs(name: &str, (family, kind): &Family) -> bool {
    let suffixes: &[&str] = match kind.as_str() {
        "gauge" => &[""],
        "counter" => &["_total"],
        "histogram" => &["_bucket", "_sum", "_count"],
        "info" => &["_info"],
        _ => panic!("an unknown type: {kind}"),
    };
    name.strip_prefix(family.as_str())
        .is_some_and(|suffix| suffixes.contains(&suffix))
}

fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn sample(line: &str) -> Sample {
    let at = line
        .find(['{', ' '])
        .unwrap_or_else(|| panic!("no value: {line}"));
    let (name, mut rest) = line.split_at(at);
    assert!(is_name(name), "no name: {line}");
    let mut labels = BTreeMap::new();
    if let Some(mut list) = rest.strip_prefix('{') {
        while !list.starts_with('}') {
            let (key, value) = list.split_once("=\"").unwrap_or_else(|| panic!("{line}"));
            assert!(is_name(key), "no label: {line}");
            let (value, after) = quoted(value).unwrap_or_else(|| panic!("{line}"));
            assert!(
                labels.insert(key.to_owned(), value).is_none(),
                "twice: {line}"
            );
            list = after.strip_prefix(',').unwrap_or(after);
        }
        rest = &list[1..];
    }
    let value = rest.strip_prefix(' ').unwrap_or_else(|| panic!("{line}"));
    let value = value.parse().unwrap_or_else(|e| panic!("{e}: {line}"));
    Sample {
        name: name.to_owned(),
        labels,
        value,
    }
}

/// Splits a label's value from the text after its closing quote.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut chars = text.char_indices();
    loop {
        match chars.next()?.1 {
            '"' => return Some((value, chars.as_str())),
            '\\' => value.push(match chars.next()?.1 {
                'n' => '\n',
                c @ ('\\' | '"') => c,
                _ => return None,
            }),
            c => value.push(c),
        }
    }
}
