//! The build configuration that `cfg` is evaluated against.

use std::collections::{BTreeMap, BTreeSet};

use cfg_expr::expr::TargetPredicate;
use cfg_expr::{Expression, Predicate, targets::Endian};

/// The target and the features of a build, from the variables that Cargo sets for a build script.
///
/// Does not include `debug_assertions` and flags that a build script sets. Unknown flags are off.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    /// `CARGO_CFG_*`, with keys in lower case. A flag such as `unix` has one empty value.
    cfg: BTreeMap<String, BTreeSet<String>>,
    /// `CARGO_FEATURE_*`, in upper case, with `_` for `-`.
    features: BTreeSet<String>,
    /// The target triple, `TARGET`.
    target: String,
}

impl Environment {
    /// Reads the environment variables that Cargo sets for build scripts.
    pub fn from_vars(vars: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut environment = Self::default();
        for (key, value) in vars {
            if let Some(key) = key.strip_prefix("CARGO_CFG_") {
                let values = value.split(',').map(str::to_owned).collect();
                environment.cfg.insert(key.to_ascii_lowercase(), values);
            } else if let Some(feature) = key.strip_prefix("CARGO_FEATURE_") {
                environment.features.insert(feature.to_owned());
            } else if key == "TARGET" {
                environment.target = value;
            }
        }
        environment
    }

    /// Returns whether a feature of the build script's package is enabled.
    pub(super) fn has_feature(&self, name: &str) -> bool {
        self.features
            .contains(&name.to_ascii_uppercase().replace('-', "_"))
    }

    /// Returns whether a `[target.'…']` table of a `Cargo.toml` applies. The key is a triple or a
    /// `cfg(…)`.
    pub(super) fn is_target(&self, key: &str) -> bool {
        if key.starts_with("cfg(") {
            // Cargo refuses invalid predicates.
            self.holds(key, &BTreeSet::new(), false).unwrap_or_default()
        } else {
            key == self.target
        }
    }

    /// Evaluates a `cfg` predicate for a crate compiled with `features`, for its unit tests if
    /// `test`; `None` if the scanner does not know the syntax, though the compiler may.
    pub(super) fn holds(
        &self,
        predicate: &str,
        features: &BTreeSet<String>,
        test: bool,
    ) -> Option<bool> {
        let expression = Expression::parse(predicate).ok()?;
        Some(expression.eval(|predicate| match predicate {
            Predicate::Feature(name) => features.contains(*name),
            Predicate::Flag(name) => *name == "true" || self.has(name, ""),
            Predicate::KeyValue { key, val } => self.has(key, val),
            Predicate::Target(target) => self.matches(target),
            Predicate::TargetFeature(name) => self.has("target_feature", name),
            Predicate::Test => test,
            Predicate::DebugAssertions | Predicate::ProcMacro => false,
        }))
    }

    fn has(&self, key: &str, value: &str) -> bool {
        self.cfg
            .get(key)
            .is_some_and(|values| values.contains(value))
    }

    fn matches(&self, target: &TargetPredicate) -> bool {
        use TargetPredicate as P;
        match target {
            P::Abi(abi) => self.has("target_abi", abi.as_str()),
            P::Arch(arch) => self.has("target_arch", arch.as_str()),
            P::Endian(Endian::big) => self.has("target_endian", "big"),
            P::Endian(Endian::little) => self.has("target_endian", "little"),
            P::Env(env) => self.has("target_env", env.as_str()),
            P::Family(family) => self.has("target_family", family.as_str()),
            P::HasAtomic(width) => self.has("target_has_atomic", &width.to_string()),
            P::Os(os) => self.has("target_os", os.as_str()),
            P::Panic(panic) => self.has("panic", panic.as_str()),
            P::PointerWidth(width) => self.has("target_pointer_width", &width.to_string()),
            P::Vendor(vendor) => self.has("target_vendor", vendor.as_str()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn linux() -> Environment {
        let vars = [
            ("TARGET", "x86_64-unknown-linux-gnu"),
            ("CARGO_CFG_UNIX", ""),
            ("CARGO_CFG_TARGET_OS", "linux"),
            ("CARGO_CFG_TARGET_FAMILY", "unix"),
            ("CARGO_CFG_TARGET_POINTER_WIDTH", "64"),
            ("CARGO_CFG_TARGET_ENDIAN", "little"),
            ("CARGO_CFG_TARGET_FEATURE", "fxsr,sse,sse2"),
            ("CARGO_CFG_TARGET_HAS_ATOMIC", "16,32,64,8,ptr"),
            ("CARGO_CFG_PANIC", "unwind"),
            ("CARGO_CFG_MESH", "dev"),
            ("CARGO_FEATURE_DEV_MESH", "1"),
        ];
        Environment::from_vars(vars.map(|(key, value)| (key.to_owned(), value.to_owned())))
    }

    #[test]
    fn predicates_are_decided_as_the_compiler_does() {
        let features = BTreeSet::from(["full-text".to_owned()]);
        for (predicate, holds) in [
            ("unix", true),
            ("windows", false),
            ("target_os = \"linux\"", true),
            ("target_os = \"an_os_of_tomorrow\"", false),
            ("target_family = \"unix\"", true),
            ("target_pointer_width = \"64\"", true),
            ("target_endian = \"big\"", false),
            ("target_feature = \"sse2\"", true),
            ("target_has_atomic = \"ptr\"", true),
            ("panic = \"unwind\"", true),
            ("feature = \"full-text\"", true),
            ("feature = \"full_text\"", false),
            ("mesh = \"dev\"", true),
            ("test", false),
            ("not(test)", true),
            ("debug_assertions", false),
            ("tokio_unstable", false),
            ("not(tokio_unstable)", true),
            ("all()", true),
            ("any()", false),
            ("all(unix, any(windows, feature = \"full-text\"))", true),
            ("true", true),
            ("false", false),
            ("all(true, not(false), unix)", true),
        ] {
            let decided = linux().holds(predicate, &features, false);
            assert_eq!(decided, Some(holds), "{predicate}");
        }
    }

    #[test]
    fn unit_tests_are_compiled_with_test() {
        let holds = |predicate| linux().holds(predicate, &BTreeSet::new(), true);
        assert_eq!(holds("test"), Some(true));
        assert_eq!(holds("all(unix, not(test))"), Some(false));
    }

    #[test]
    fn an_unknown_predicate_is_undecided() {
        for predicate in [
            "not a predicate",
            "version(\"1.90\")",
            "feature = r\"full-text\"",
        ] {
            let decided = linux().holds(predicate, &BTreeSet::new(), false);
            assert_eq!(decided, None, "{predicate}");
        }
    }

    #[test]
    fn a_target_table_is_named_by_triple_or_predicate() {
        assert!(linux().is_target("x86_64-unknown-linux-gnu"));
        assert!(!linux().is_target("x86_64-pc-windows-msvc"));
        assert!(linux().is_target("cfg(unix)"));
        assert!(!linux().is_target("cfg(windows)"));
    }

    #[test]
    fn features_are_found_with_hyphens_and_underscores() {
        assert!(linux().has_feature("dev-mesh") && linux().has_feature("dev_mesh"));
        assert!(!linux().has_feature("dev"));
    }
}
