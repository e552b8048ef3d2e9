//! Causes of a difference between a binary's handlers and its manifest.

use hecate_om_manifest::Manifest;

/// Causes of the differences between a binary and its manifest, from the manifest's conditions.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Causes<'a>(pub(crate) &'a Manifest);

impl Causes<'_> {
    /// Explains why `handler` of `package` is in the manifest but was not linked, with the remedy.
    pub(crate) fn of_missing(self, handler: &str, package: &str) -> String {
        let outcome = "was true for the build script and false for the compiler";
        let not_used = format!(
            "its crate `{package}` is not used by the binary, so the linker left it out; name it in `[dependencies]` of \
             the service's package (the build script then keeps it), or write `use {} as _;`",
            package.replace('-', "_")
        );
        match self.condition(handler, package, outcome) {
            Some(condition) => format!("{condition}. If that is not it, {not_used}"),
            None => not_used,
        }
    }

    /// Explains why `handler` of `package`, declared by `attribute`, was linked but is not in the
    /// manifest, with the remedy.
    pub(crate) fn of_unlisted(self, handler: &str, package: &str, attribute: &str) -> String {
        let outcome = "was true for the compiler and false for the build script";
        self.condition(handler, package, outcome).unwrap_or_else(|| {
            format!(
                "the build script does not find handlers and facts that a macro generates or `include!` adds, nor re-exported \
                 attributes; write `#[hecate_om::{attribute}(…)]` in the source itself, or build again if the manifest \
                 is old"
            )
        })
    }

    fn condition(self, handler: &str, package: &str, outcome: &str) -> Option<String> {
        let mut conditions = self.0.conditions();
        conditions.retain(|condition| condition.handler == handler && condition.package == package);
        if conditions.is_empty() {
            return None;
        }
        let cfgs: Vec<String> = conditions
            .iter()
            .map(|condition| format!("`#[cfg({})]`", condition.cfg))
            .collect();
        let names = |word: &str| {
            conditions
                .iter()
                .any(|condition| condition.cfg.contains(word))
        };
        let remedy = if names("feature =") {
            "the build script does not know the features of a dependency that another package of the same `cargo build` or \
             `--features <crate>/<feature>` switches on; switch it on in the `Cargo.toml` of the service"
        } else if names("debug_assertions") {
            "`debug_assertions` is never true for the build script; use a feature instead"
        } else {
            "the build script does not know what another build script sets by `cargo::rustc-cfg`; use a feature instead"
        };
        Some(format!(
            "it is under {}, which {outcome}: {remedy}",
            cfgs.join(" and ")
        ))
    }
}

#[cfg(test)]
mod tests {
    use hecate_om_manifest::model::Condition;

    use super::*;

    fn manifest(cfg: &str) -> Manifest {
        Manifest::default().with_conditions(&[Condition {
            handler: "a.search".into(),
            package: "slice".into(),
            cfg: cfg.into(),
        }])
    }

    #[test]
    fn the_cfg_of_the_handler_is_named_with_a_remedy() {
        for (cfg, remedy) in [
            (
                "feature = \"full-text\"",
                "switch it on in the `Cargo.toml`",
            ),
            ("all(unix, debug_assertions)", "is never true"),
            ("built_well", "`cargo::rustc-cfg`"),
        ] {
            let manifest = manifest(cfg);
            let causes = Causes(&manifest);
            let missing = causes.of_missing("a.search", "slice");
            let unlisted = causes.of_unlisted("a.search", "slice", "capability");
            for text in [&missing, &unlisted] {
                assert!(text.contains(&format!("`#[cfg({cfg})]`")), "{text}");
                assert!(text.contains(remedy), "{text}");
            }
            assert!(
                missing.contains("was true for the build script"),
                "{missing}"
            );
            assert!(unlisted.contains("was true for the compiler"), "{unlisted}");
        }
    }

    #[test]
    fn another_cause_is_named_if_no_cfg_is_known() {
        let manifest = manifest("unix");
        let causes = Causes(&manifest);
        assert!(
            causes
                .of_missing("b", "slice")
                .contains("`use slice as _;`")
        );
        assert!(
            causes
                .of_missing("b", "other-one")
                .contains("`use other_one as _;`")
        );
        assert!(
            causes
                .of_unlisted("b", "slice", "every")
                .contains("`#[hecate_om::every(…)]`")
        );
    }
}
