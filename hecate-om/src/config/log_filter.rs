//! `HECATE_LOG`: the filter of log lines.

use std::fmt;
use std::str::FromStr;

use hecate_om_manifest::suggest::nearest;
use tracing::Level;
use tracing_subscriber::filter::{LevelFilter, Targets};

/// Targets of the runtime's modules that log warnings or errors.
const LOGGING_MODULES: &[&str] = &[
    "hecate_om::boot::allow_lists",
    "hecate_om::boot::cli",
    "hecate_om::boot::reload",
    "hecate_om::boot::shutdown",
    "hecate_om::boot::shutdown::deadlines",
    "hecate_om::boot::shutdown::unfinished",
    "hecate_om::boot::signals",
    "hecate_om::boot::startup::join",
    "hecate_om::boot::startup::report",
    "hecate_om::boot::stop",
    "hecate_om::boot::systemd",
    "hecate_om::boot::systemd::socket",
    "hecate_om::boot::systemd::watchdog",
    "hecate_om::boot::thread_timer",
    "hecate_om::capability::dispatch",
    "hecate_om::capability::keyed::first_call",
    "hecate_om::capability::schema",
    "hecate_om::certificate::renewal",
    "hecate_om::client",
    "hecate_om::dead_letter",
    "hecate_om::health::heartbeat",
    "hecate_om::health::sampler",
    "hecate_om::mesh::connection::authority::obtain",
    "hecate_om::mesh::connection::connect",
    "hecate_om::mesh::connection::dev",
    "hecate_om::mesh::connection::sdk_counters",
    "hecate_om::mesh::content",
    "hecate_om::mesh::fact::publish_queue",
    "hecate_om::mesh::fact::stats",
    "hecate_om::mesh::fact::subscription_task",
    "hecate_om::mesh::fact::worker",
    "hecate_om::mesh::serve::claim",
    "hecate_om::mesh::serve::publish::capability_offer",
    "hecate_om::mesh::serve::reachability",
    "hecate_om::mesh::serve::serving",
    "hecate_om::metrics::service::family",
    "hecate_om::panic",
    "hecate_om::publication",
    "hecate_om::schedule::scheduler",
    "hecate_om::schedule::scheduler::stats",
    "hecate_om::settings::watch",
    "hecate_om::telemetry",
    "hecate_om::telemetry::otlp",
    "hecate_om::telemetry::stderr",
];
const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

/// Filter of log lines: a level, or `target=level,…`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LogFilter {
    text: String,
    targets: Targets,
}

impl LogFilter {
    pub(crate) const fn targets(&self) -> &Targets {
        &self.targets
    }

    /// Returns whether the filter shows any line of the runtime, at least its errors.
    pub(crate) fn shows_the_runtime(&self) -> bool {
        LOGGING_MODULES
            .iter()
            .any(|module| self.targets.would_enable(module, &Level::ERROR))
    }
}

impl Default for LogFilter {
    fn default() -> Self {
        Self {
            text: "info".into(),
            targets: Targets::new().with_default(LevelFilter::INFO),
        }
    }
}

impl fmt::Display for LogFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for LogFilter {
    type Err = String;

    /// Parses each part more strictly than `Targets` does. `Targets` reads an empty part as the
    /// level `error`, and an unknown word as a target, so a typing error would silence the service.
    fn from_str(text: &str) -> Result<Self, String> {
        let parts: Vec<&str> = text.split(',').map(str::trim).collect();
        for part in &parts {
            check(part).map_err(|problem| {
                format!(
                    "`{text}` is not a filter, as in `info` or `info,hecate_om=debug`: {problem}"
                )
            })?;
        }
        let text = parts.join(",");
        let targets = text
            .parse()
            .map_err(|error| format!("`{text}` is not a filter: {error}"))?;
        Ok(Self { text, targets })
    }
}

fn check(part: &str) -> Result<(), String> {
    if part.is_empty() {
        return Err("a part of it is empty; remove the extra comma".into());
    }
    if part.contains(['[', '{']) {
        return Err(format!(
            "`{part}` filters by span or field, which is not supported; write `target=level`"
        ));
    }
    let Some((target, level)) = part.split_once('=') else {
        // A target alone logs everything of that target. Most misspelt levels are a single word,
        // but few crate names are, so a single word is always read as a level.
        return if is_level(part) || part.contains("::") || part.contains('_') {
            Ok(())
        } else {
            Err(format!(
                "{}; for a target of that name, write `{part}=trace`",
                no_level(part)
            ))
        };
    };
    if target.is_empty() {
        return Err(format!("`{part}` has no target before its `=`"));
    }
    if target.contains(char::is_whitespace) {
        return Err(format!("the target in `{part}` contains whitespace"));
    }
    if !is_level(level) {
        return Err(format!("in `{part}`, {}", no_level(level)));
    }
    match part.parse::<Targets>() {
        Ok(_) => Ok(()),
        Err(error) => Err(format!("`{part}`: {error}")),
    }
}

fn is_level(word: &str) -> bool {
    // The parser of `LevelFilter` reads an empty text as `error`.
    !word.is_empty() && word.parse::<LevelFilter>().is_ok()
}

fn no_level(word: &str) -> String {
    match nearest(word, LEVELS) {
        Some(level) => format!("`{word}` is not a level; did you mean `{level}`?"),
        None => format!(
            "`{word}` is not a level; the levels are {}",
            LEVELS.join(", ")
        ),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn wrong(text: &str) -> String {
        text.parse::<LogFilter>().unwrap_err()
    }

    #[test]
    fn the_part_that_does_not_parse_is_quoted_with_a_suggestion() {
        for (text, parts) in [
            (
                "inof",
                &["`inof` is not a level", "did you mean `info`?"][..],
            ),
            ("info,", &["`info,`", "remove the extra comma"]),
            (",info", &["remove the extra comma"]),
            ("info,,hecate_om=debug", &["remove the extra comma"]),
            ("info,hecate_om=dbug", &["in `hecate_om=dbug`", "`debug`?"]),
            ("info,hecate_om=", &["in `hecate_om=`", "off, error, warn"]),
            ("=debug", &["`=debug` has no target"]),
            ("verbose", &["`verbose` is not a level", "`verbose=trace`"]),
            ("info=debug=x", &["`debug=x` is not a level"]),
            ("6", &["`6` is not a level"]),
            ("hecate om=debug", &["whitespace"]),
            ("a[{b=debug", &["`a[{b=debug`", "write `target=level`"]),
            ("hecate_om[span]=debug", &["span or field"]),
            ("info,hecate_om[{call_id}]=debug", &["span or field"]),
        ] {
            let problem = wrong(text);
            for part in parts {
                assert!(problem.contains(part), "`{part}` is not in {problem}");
            }
        }
    }

    #[test]
    fn levels_and_targets_parse_with_spaces_between_the_parts() {
        for text in [
            "info",
            "WARN",
            "3",
            "off",
            "hecate_om",
            "rag::index",
            "quinn=off",
        ] {
            assert!(text.parse::<LogFilter>().is_ok(), "{text}");
        }
        let filter: LogFilter = "info, hecate_om=debug".parse().unwrap();
        assert!(
            filter
                .targets()
                .would_enable("hecate_om::mesh", &Level::DEBUG)
        );
    }

    #[test]
    fn a_filter_that_hides_the_runtime_is_detected() {
        for (text, shows) in [
            ("info", true),
            ("error", true),
            ("hecate_om::mesh=warn", true),
            ("hecate_om=off,hecate_om::mesh=warn", true),
            ("my_service=debug", false),
            ("hecate_on=debug", false),
            ("info,hecate_om=off", false),
            ("off", false),
            ("hecate_oms=debug", false),
            ("hecate_om_cli=trace", false),
            ("hecate_om::mesh=debug", true),
            ("hecate_om::boot::shutdown=info", true),
            ("hecate_om::mush=info", false),
            ("hecate_om::mesh::mush=info", false),
        ] {
            let filter: LogFilter = text.parse().unwrap();
            assert_eq!(filter.shows_the_runtime(), shows, "{text}");
        }
    }

    #[test]
    fn the_modules_that_log_are_listed() {
        let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut modules = Vec::new();
        let mut folders = vec![src.clone()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let text = std::fs::read_to_string(&path).unwrap();
                let code = text.split("\nmod tests {").next().unwrap();
                if ["warn", "error"]
                    .iter()
                    .any(|level| code.contains(&format!("tracing::{level}!")))
                {
                    let module = path.strip_prefix(&src).unwrap().with_extension("");
                    let parts = module.iter().filter(|part| *part != "mod");
                    let parts: Vec<&str> = parts.map(|part| part.to_str().unwrap()).collect();
                    modules.push(format!("hecate_om::{}", parts.join("::")));
                }
            }
        }
        modules.sort();
        assert_eq!(
            modules, LOGGING_MODULES,
            "list each module that logs in LOGGING_MODULES"
        );
    }
}
