//! Features of a package.

use std::collections::{BTreeMap, BTreeSet};

use cargo_toml::FeatureSet;

/// Enabled features, and what they enable.
#[derive(Debug, Default)]
pub(super) struct EnabledFeatures {
    /// The package's own features.
    pub(super) features: BTreeSet<String>,
    /// The enabled optional dependencies, by their key in `[dependencies]`.
    pub(super) optional: BTreeSet<String>,
    /// The enabled features of dependencies (`dep/feature`, `dep?/feature`), by key.
    pub(super) of_dependencies: BTreeMap<String, BTreeSet<String>>,
}

impl EnabledFeatures {
    /// Resolves the features in `requested` by the `[features]` table of a package.
    pub(super) fn resolve(table: &FeatureSet, requested: impl IntoIterator<Item = String>) -> Self {
        let mut enabled = Self::default();
        let mut next: Vec<String> = requested.into_iter().collect();
        while let Some(feature) = next.pop() {
            let Some(entries) = table.get(&feature) else {
                if feature == "default" {
                    continue;
                }
                // Not in the table: the implicit feature of an optional dependency.
                enabled.optional.insert(feature.clone());
                enabled.features.insert(feature);
                continue;
            };
            if !enabled.features.insert(feature) {
                continue;
            }
            for entry in entries {
                next.extend(enabled.entry(table, entry));
            }
        }
        enabled
    }

    /// Returns whether both have the same features, apart from `default`.
    pub(super) fn are_the_same_as(&self, other: &Self) -> bool {
        let named = |enabled: &Self| {
            let mut features = enabled.features.clone();
            features.remove("default");
            features
        };
        named(self) == named(other)
    }

    /// Adds an entry of a feature's list. Returns a feature to resolve next.
    fn entry(&mut self, table: &FeatureSet, entry: &str) -> Option<String> {
        if let Some(dependency) = entry.strip_prefix("dep:") {
            self.optional.insert(dependency.to_owned());
            return None;
        }
        let Some((dependency, feature)) = entry.split_once('/') else {
            return Some(entry.to_owned());
        };
        let (dependency, only_if_on) = match dependency.strip_suffix('?') {
            Some(dependency) => (dependency, true),
            None => (dependency, false),
        };
        let of_dependency = self
            .of_dependencies
            .entry(dependency.to_owned())
            .or_default();
        of_dependency.insert(feature.to_owned());
        if only_if_on {
            return None;
        }
        self.optional.insert(dependency.to_owned());
        table
            .contains_key(dependency)
            .then(|| dependency.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn follow(requested: &[&str]) -> EnabledFeatures {
        let table = [
            ("default", &["text"][..]),
            ("text", &["dep:tokenizer", "index?/text"]),
            ("full", &["text", "index/ranked", "full"]),
            ("index", &["dep:index"]),
        ];
        let table: FeatureSet = table
            .map(|(key, entries)| {
                (
                    key.to_owned(),
                    entries.iter().map(|e| e.to_string()).collect(),
                )
            })
            .into();
        EnabledFeatures::resolve(&table, requested.iter().map(|feature| feature.to_string()))
    }

    fn names(set: &BTreeSet<String>) -> Vec<&str> {
        set.iter().map(String::as_str).collect()
    }

    #[test]
    fn features_are_resolved_transitively() {
        let enabled = follow(&["default"]);
        assert_eq!(names(&enabled.features), ["default", "text"]);
        assert_eq!(names(&enabled.optional), ["tokenizer"]);
    }

    #[test]
    fn a_question_mark_does_not_enable_the_dependency() {
        let enabled = follow(&["text"]);
        assert_eq!(names(&enabled.of_dependencies["index"]), ["text"]);
        assert!(!enabled.optional.contains("index"));
    }

    #[test]
    fn a_feature_of_a_dependency_enables_it() {
        let enabled = follow(&["full"]);
        assert_eq!(names(&enabled.features), ["full", "index", "text"]);
        assert_eq!(names(&enabled.optional), ["index", "tokenizer"]);
        assert_eq!(names(&enabled.of_dependencies["index"]), ["ranked", "text"]);
    }

    #[test]
    fn an_optional_dependency_is_a_feature_of_its_name() {
        let enabled = follow(&["embedder"]);
        assert_eq!(names(&enabled.optional), ["embedder"]);
        assert_eq!(names(&enabled.features), ["embedder"]);
    }
}
