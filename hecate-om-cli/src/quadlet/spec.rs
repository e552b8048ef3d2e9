//! The parts of a manifest that its units need.

use hecate_om_manifest::{Manifest, ServiceName, Setting};
use serde::Deserialize;
use serde_json::Value;

use super::mounts::{Mount, mounts};
use super::settings::settings;

/// Validated values for the units.
#[derive(Debug, PartialEq)]
pub(crate) struct UnitSpec {
    pub(super) name: String,
    pub(super) description: String,
    pub(super) image: String,
    pub(super) depends_on: Vec<String>,
    pub(super) health_port: u16,
    pub(super) mounts: Vec<Mount>,
    pub(super) settings: Vec<Setting>,
    pub(super) memory: Option<String>,
    pub(super) tasks: Option<u64>,
}

/// `limits` of the manifest.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Limits {
    /// Memory, as in `512 MiB`.
    memory: Option<String>,
    /// Number of threads and processes.
    tasks: Option<u64>,
}

impl UnitSpec {
    /// Reads the values of a manifest.
    ///
    /// # Errors
    ///
    /// Returns all missing and invalid values.
    pub(crate) fn from_manifest(manifest: &Manifest) -> Result<Self, Vec<String>> {
        let mut errors = Vec::new();
        if let Err(error) = manifest.name.parse::<ServiceName>() {
            errors.push(format!("`name`: {error}"));
        }
        let image = manifest.image.clone().unwrap_or_default();
        if !is_image(&image) {
            errors.push(format!(
                "`image` is `{image}`; write the name of the published image without a tag, as in `ghcr.io/an-org/{}`",
                manifest.name
            ));
        }
        let health_port = match manifest.ports.get("health") {
            Some(&port) if port > 0 => port,
            _ => {
                errors.push("`ports.health` is missing; the health check needs the port".into());
                0
            }
        };
        let depends_on = manifest.depends_on.clone().unwrap_or_default();
        let odd = depends_on.iter().filter(|unit| !is_unit(unit));
        errors.extend(odd.map(|unit| format!("`depends_on`: `{unit}` is not the name of a unit")));
        let mounts = mounts(manifest).unwrap_or_else(|all| {
            errors.extend(all);
            Vec::new()
        });
        let settings = settings(manifest).unwrap_or_else(|all| {
            errors.extend(all);
            Vec::new()
        });
        let limits = limits(manifest.other.get("limits")).unwrap_or_else(|why| {
            errors.push(why);
            Limits::default()
        });
        let memory = limits.memory.and_then(|text| {
            let memory = memory(&text);
            if memory.is_none() {
                errors.push(format!(
                    "`limits.memory` is `{text}`; write a whole number with `MiB` or `GiB`, as in `512 MiB`"
                ));
            }
            memory
        });
        if limits.tasks == Some(0) {
            errors.push("`limits.tasks` is 0; write a positive number".into());
        }
        let description = manifest.description.as_deref();
        let description = description.filter(|text| !text.trim().is_empty());
        if errors.is_empty() {
            Ok(Self {
                name: manifest.name.clone(),
                description: description.unwrap_or(&manifest.name).to_owned(),
                image,
                depends_on,
                health_port,
                mounts,
                settings,
                memory,
                tasks: limits.tasks,
            })
        } else {
            Err(errors)
        }
    }
}

fn limits(value: Option<&Value>) -> Result<Limits, String> {
    match value {
        None => Ok(Limits::default()),
        Some(value) => Limits::deserialize(value).map_err(|error| format!("`limits`: {error}")),
    }
}

/// Converts a size to systemd's form, in units of 1024.
fn memory(text: &str) -> Option<String> {
    let (number, unit) = text.split_once(' ')?;
    let number: u32 = number.parse().ok().filter(|&number| number > 0)?;
    match unit {
        "MiB" => Some(format!("{number}M")),
        "GiB" => Some(format!("{number}G")),
        _ => None,
    }
}

/// Returns whether a text is the name of an image, without a tag or a digest.
fn is_image(text: &str) -> bool {
    let (_, name) = text.rsplit_once('/').unwrap_or(("", text));
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-/:[]".contains(c);
    text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '[')
        && text.chars().all(plain)
        && !name.is_empty()
        && !name.contains(':')
}

/// Returns whether a text is the name of a unit, without its suffix.
fn is_unit(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || ":_.@-".contains(c);
    !text.is_empty() && text.chars().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<UnitSpec, Vec<String>> {
        UnitSpec::from_manifest(&Manifest::parse(text).unwrap())
    }

    #[test]
    fn secrets_and_state_are_mounted_at_fixed_paths() {
        let needs = parse(
            r#"{"name": "a", "image": "ghcr.io/b/a", "capabilities": [], "ports": {"health": 8470},
                "volumes": {"secrets": "/etc/hecate/secrets/a", "state": "/bulk0/a", "station": "/run/macula"}}"#,
        )
        .unwrap();
        let mounts: Vec<_> = needs
            .mounts
            .iter()
            .map(|m| (m.host.as_str(), m.inside.as_str(), m.is_owned))
            .collect();
        assert_eq!(
            mounts,
            [
                ("/etc/hecate/secrets/a", "/etc/hecate/secrets", true),
                ("/bulk0/a", "/var/lib/a", true),
                ("/run/macula", "/run/macula", false),
            ]
        );
    }

    #[test]
    fn all_invalid_values_are_reported_at_once() {
        let errors = parse(
            r#"{"name": "A", "image": "a b", "capabilities": [], "depends_on": ["x y"],
                "volumes": {"secrets": "relative", "state": {"host": "/a"}},
                "limits": {"memory": "lots", "tasks": 0}}"#,
        )
        .unwrap_err();
        let expected = [
            "`name`",
            "`image`",
            "`ports.health`",
            "`depends_on`",
            "`volumes.secrets`",
            "`volumes.state`",
            "`limits.memory`",
            "`limits.tasks`",
        ];
        assert_eq!(errors.len(), expected.len(), "{errors:#?}");
        for (error, expected) in errors.iter().zip(expected) {
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    fn a_folder_that_the_machine_needs_is_refused_by_its_key_and_its_value() {
        let refused = |volumes: &str| {
            let text = format!(
                r#"{{"name": "a", "image": "b/a", "capabilities": [], "ports": {{"health": 1}}, "volumes": {{{volumes}}}}}"#
            );
            parse(&text).err().unwrap_or_default().join("\n")
        };
        for path in [
            "/", "//", "/.", "/etc", "/etc/", "//etc", "/usr/.", "/var", "/var/lib", "/home",
            "/root", "/run", "/usr/bin", "/proc/1", "/etc/ssh", "/a/../b", "/srv/..",
        ] {
            let refusal = refused(&format!(r#""state": "{path}""#));
            let named = format!("`volumes.state` is `{path}`");
            assert!(refusal.starts_with(&named), "{path}: {refusal}");
        }
        assert!(refused(r#""other": "/usr""#).starts_with("`volumes.other` is `/usr`"));
        for path in [
            "/var/lib/a",
            "/srv/a",
            "/etc/hecate/secrets/a",
            "/bulk0",
            "/home/ada/a",
        ] {
            assert_eq!(refused(&format!(r#""state": "{path}""#)), "", "{path}");
        }
        assert_eq!(refused(r#""certificates": "/etc/ssl/certs""#), "");
        let twice = refused(r#""state": "/srv/a", "secrets": "/srv/a/""#);
        assert!(
            twice.contains("`volumes.secrets` and `volumes.state`"),
            "{twice}"
        );
        // Mounted at the path of the state.
        let hidden = refused(r#""state": "/bulk0/a", "other": "/var/lib/a""#);
        assert!(
            hidden.contains("`volumes.other` and `volumes.state`"),
            "{hidden}"
        );
    }

    #[test]
    fn an_unknown_limit_is_named() {
        let text = r#"{"name": "a", "image": "b/a", "capabilities": [], "ports": {"health": 1}, "limits": {"cpus": 1}}"#;
        assert!(parse(text).unwrap_err()[0].contains("`cpus`"));
    }

    #[test]
    fn memory_is_whole_mebibytes_or_gibibytes() {
        assert_eq!(memory("512 MiB").as_deref(), Some("512M"));
        assert_eq!(memory("2 GiB").as_deref(), Some("2G"));
        for text in [
            "512", "512M", "0 MiB", "-1 MiB", "1.5 GiB", "1  MiB", "1 MB",
        ] {
            assert_eq!(memory(text), None, "{text}");
        }
    }
}
