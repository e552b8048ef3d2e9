//! Where a setting's value comes from: a file, the environment, the command line.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

use super::SETTINGS;
use super::file::{self, Entry};
use super::unknown::nearest;
use crate::boot_refusal::{self, BootRefusal, Reason};
use crate::regular_file;

/// The settings with their origins. A value that is empty, blank or a single unexpanded variable
/// (`${X}`) counts as not set.
#[derive(Debug, Clone, Default)]
pub(crate) struct Layers {
    values: BTreeMap<&'static str, (String, Origin)>,
    environment: BTreeMap<String, String>,
    /// The variables that the service declares for itself.
    own: Vec<&'static str>,
}

/// The variable that names the file.
const FILE: &str = "HECATE_CONFIG";

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    File(PathBuf, usize),
    Environment,
    Flag,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path, line) => write!(f, "{}:{line}", path.display()),
            Self::Environment => f.write_str("environment"),
            Self::Flag => f.write_str("flag"),
        }
    }
}

/// What cannot be read at all: a file, lines in it, a variable.
#[derive(Debug)]
pub(crate) struct LayersError {
    pub(crate) wrong: Vec<BootRefusal>,
    /// What could be read, to know how to log the rest.
    pub(crate) readable: Box<Layers>,
}

impl fmt::Display for LayersError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        boot_refusal::write_all(f, &self.wrong)
    }
}

impl Layers {
    /// Merges the layers: the file (named by the flag `--config`, else by `HECATE_CONFIG`), the
    /// environment, the flags. `own` are the variables that the service declares for itself.
    pub(crate) fn gather(
        environment: impl IntoIterator<Item = (OsString, OsString)>,
        flags: &BTreeMap<&'static str, String>,
        file: Option<&Path>,
        own: &[&'static str],
    ) -> Result<Self, LayersError> {
        let mut layers = Self {
            own: own.to_vec(),
            ..Self::default()
        };
        let mut wrong = Vec::new();
        for (name, value) in environment {
            // A name that is not Unicode is none of ours; a value that is not must not count as unset.
            let Ok(name) = name.into_string() else {
                continue;
            };
            // A byte order mark at the start of a file is not part of the first name.
            let name = name.trim_start_matches('\u{feff}').to_owned();
            match value.into_string() {
                Ok(value) => {
                    let value = unquoted(&value).to_owned();
                    layers.environment.insert(name, value);
                }
                Err(_) if layers.variable(&name).is_some() => {
                    wrong.push(BootRefusal::new(
                        Reason::SETTING_MALFORMED,
                        format!("{name} (environment): the value is not Unicode text; set it to Unicode text"),
                    ));
                }
                Err(_) => {}
            }
        }
        let named = layers.outside(FILE).map(PathBuf::from);
        if let Some(path) = file.map(Path::to_owned).or(named) {
            layers.add_file(&path, &mut wrong);
        }
        let settings = SETTINGS.iter().map(|setting| setting.variable);
        for variable in settings.chain(own.iter().copied()) {
            if let Some(value) = layers.environment.get(variable).cloned() {
                layers.set(variable, &value, Origin::Environment);
            }
            if let Some(value) = flags.get(variable) {
                layers.set(variable, value, Origin::Flag);
            }
        }
        if wrong.is_empty() {
            Ok(layers)
        } else {
            Err(LayersError {
                wrong,
                readable: Box::new(layers),
            })
        }
    }

    fn set(&mut self, variable: &'static str, value: &str, origin: Origin) {
        if is_set(value) {
            self.values
                .insert(variable, (value.trim().to_owned(), origin));
        }
    }

    /// Applies the lines of an environment file over the present values.
    fn add_file(&mut self, path: &Path, wrong: &mut Vec<BootRefusal>) {
        let shown = path.display();
        let text = regular_file::read(path)
            .and_then(|bytes| String::from_utf8(bytes).map_err(std::io::Error::other));
        let text = match text {
            Ok(text) => text,
            Err(error) => {
                wrong.push(BootRefusal::new(
                    Reason::CONFIG_FILE_UNREADABLE,
                    format!(
                        "the configuration file `{shown}` cannot be read: {error}; make it a readable file, or \
                         leave `--config` and HECATE_CONFIG out"
                    ),
                ));
                return;
            }
        };
        for Entry { line, assignment } in file::entries(&text) {
            let Some((name, value)) = assignment else {
                wrong.push(BootRefusal::new(
                    Reason::CONFIG_LINE_MALFORMED,
                    format!(
                        "`{shown}` line {line} does not parse; write `VARIABLE=value`, and a value with quotes, `\\` or ` #` \
                         in single quotes"
                    ),
                ));
                continue;
            };
            match self.variable(&name) {
                Some(variable) => {
                    self.set(variable, &value, Origin::File(path.to_owned(), line));
                }
                None => wrong.push(BootRefusal::new(
                    Reason::SETTING_UNKNOWN,
                    format!("`{shown}` line {line}: {}", self.unknown(&name)),
                )),
            }
        }
    }

    /// Returns the setting, or the service's own variable, of this name.
    fn variable(&self, name: &str) -> Option<&'static str> {
        let settings = SETTINGS.iter().map(|setting| setting.variable);
        settings
            .chain(self.own.iter().copied())
            .find(|variable| *variable == name)
    }

    /// The variables that the service declares for itself.
    pub(crate) fn own(&self) -> impl Iterator<Item = &'static str> {
        let is_setting = |name: &str| SETTINGS.iter().any(|setting| setting.variable == name);
        self.own
            .iter()
            .copied()
            .filter(move |name| !is_setting(name))
    }

    /// The value of a setting or of a variable of the service itself.
    pub(crate) fn value(&self, variable: &str) -> Option<&str> {
        self.values.get(variable).map(|(value, _)| value.as_str())
    }

    /// Where that value came from; `None` if it is not set.
    pub(crate) fn origin(&self, variable: &str) -> Option<&Origin> {
        self.values.get(variable).map(|(_, origin)| origin)
    }

    /// Describes each variable of the environment that is named like a setting but is not one, nor
    /// one of the service itself. Values are not printed, because a misnamed value may be a secret.
    pub(crate) fn strangers(&self) -> Vec<String> {
        self.environment
            .iter()
            .filter(|(name, value)| is_runtimes(name) && is_set(value) && *name != FILE)
            .filter_map(|(name, _)| self.stranger(name))
            .collect()
    }

    /// Describes a variable that is neither a setting nor the service's own.
    pub(crate) fn stranger(&self, name: &str) -> Option<String> {
        self.variable(name).is_none().then(|| self.unknown(name))
    }

    fn unknown(&self, name: &str) -> String {
        let hint = nearest(name, &self.own)
            .map_or_else(String::new, |near| format!("did you mean {near}? "));
        let declare = if is_runtimes(name) {
            String::new()
        } else {
            format!(
                "; a variable of the service itself is declared by `env = [\"{name}\"]` in `#[hecate_service]`"
            )
        };
        format!("{name} is no setting; {hint}`--help` lists them{declare}")
    }

    /// A variable of the environment that is no setting of ours.
    pub(crate) fn outside(&self, variable: &str) -> Option<String> {
        self.environment
            .get(variable)
            .filter(|value| is_set(value))
            .cloned()
    }
}

/// Whether a variable is named like the runtime's settings.
fn is_runtimes(name: &str) -> bool {
    // Cargo sets variables with the second prefix for a service that it runs.
    name.starts_with("HECATE_") && !name.starts_with("HECATE_OM_")
        || name.starts_with("MACULA_STATION_")
}

fn is_set(value: &str) -> bool {
    let value = value.trim();
    let inside = value.strip_prefix("${").and_then(|v| v.strip_suffix('}'));
    !value.is_empty() && !inside.is_some_and(file::is_name)
}

/// Removes the quotes around a value, which the `--env-file` of Podman and Docker leaves in place.
fn unquoted(value: &str) -> &str {
    let trimmed = value.trim();
    ['"', '\'']
        .into_iter()
        .find_map(|quote| trimmed.strip_prefix(quote)?.strip_suffix(quote))
        .unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::Config;
    use super::super::tests::{ECHO, wrong};
    use super::*;

    /// The settings read from a file and an environment.
    fn gathered(file: &str, environment: &[(&str, &str)]) -> Layers {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("service.env");
        std::fs::write(&path, file).unwrap();
        let environment = environment.iter().map(|(k, v)| ((*k).into(), (*v).into()));
        Layers::gather(environment, &BTreeMap::new(), Some(&path), &["CARRIER_URL"]).unwrap()
    }

    #[test]
    fn a_byte_order_mark_and_quotes_are_no_part_of_what_is_set() {
        let file = "\u{feff}HECATE_MESH=\"optional\"\nHECATE_BOX='box 1' # of the first row\n";
        let layers = gathered(file, &[]);
        assert_eq!(layers.value("HECATE_MESH"), Some("optional"));
        assert_eq!(layers.value("HECATE_BOX"), Some("box 1"));
        // As Podman passes a file's value on.
        let environment = [
            ("\u{feff}HECATE_MESH", "\"optional\""),
            ("HECATE_ORG", "'acme'"),
            ("HECATE_BOX", "\""),
        ];
        let layers = gathered("", &environment);
        assert_eq!(layers.value("HECATE_MESH"), Some("optional"));
        assert_eq!(layers.value("HECATE_ORG"), Some("acme"));
        assert_eq!(layers.value("HECATE_BOX"), Some("\""));
    }

    #[test]
    fn a_value_of_which_a_part_was_not_expanded_is_refused_by_name_wherever_it_is_set() {
        for value in ["${A}-${B}", "x-${HECATE_NO_SUCH}", "${A:-box}"] {
            let all = wrong(&[("HECATE_MESH", "optional"), ("HECATE_BOX", value)]);
            assert_eq!(all.len(), 1, "{value}: {all:?}");
            assert!(all[0].starts_with("HECATE_BOX (environment): "), "{all:?}");
            let layers = gathered(&format!("HECATE_MESH=optional\nHECATE_BOX={value}\n"), &[]);
            let error = Config::read(&layers, ECHO).unwrap_err().to_string();
            assert!(
                error.contains("HECATE_BOX (") && error.contains(":2): "),
                "{error}"
            );
        }
    }

    #[test]
    fn a_file_refers_to_what_it_set_before_and_one_unset_variable_alone_is_not_set() {
        let layers = gathered(
            "HECATE_MESH=optional\nHECATE_ORG=acme\nHECATE_BOX=${HECATE_ORG}-1\nHECATE_SERVICE_NAME=${HECATE_NO_SUCH}\n",
            &[],
        );
        assert_eq!(layers.value("HECATE_BOX"), Some("acme-1"));
        assert_eq!(layers.value("HECATE_SERVICE_NAME"), None);
    }

    #[test]
    fn flags_win_over_the_environment_and_it_over_the_file() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("service.env");
        std::fs::write(
            &file,
            "# a comment\nHECATE_MESH=optional\nHECATE_ORG='from-file'\nHECATE_BOX=\"box 1\"\nHECATE_DRAIN_MAX=5s\n",
        )
        .unwrap();
        let environment = [
            ("HECATE_ORG".into(), "from-env".into()),
            ("HECATE_DRAIN_MAX".into(), "6s".into()),
        ];
        let flags = BTreeMap::from([("HECATE_DRAIN_MAX", "7s".to_owned())]);
        let layers = Layers::gather(environment, &flags, Some(&file), &[]).unwrap();
        let config = Config::read(&layers, ECHO).unwrap();
        assert_eq!(config.org.as_str(), "from-env");
        assert_eq!(config.box_name, "box 1");
        assert_eq!(config.drain_max, Duration::from_secs(7));
        assert_eq!(
            layers.origin("HECATE_BOX").unwrap().to_string(),
            format!("{}:4", file.display())
        );
    }

    #[test]
    fn every_line_that_is_no_setting_is_named_by_file_and_line() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("service.env");
        std::fs::write(&file, "HECATE_ORG=a\nHECATE_PROT=1\nnothing\n").unwrap();
        let error = Layers::gather([], &BTreeMap::new(), Some(&file), &[]).unwrap_err();
        let shown = file.display();
        assert_eq!(
            error.to_string(),
            format!(
                "2 things are wrong\n  setting_unknown: `{shown}` line 2: HECATE_PROT is no setting; `--help` lists \
                 them\n  config_line_malformed: `{shown}` line 3 does not parse; write `VARIABLE=value`, and a value with \
                 quotes, `\\` or ` #` in single quotes"
            )
        );
    }

    #[test]
    fn a_variable_of_the_service_itself_is_read_from_the_file_and_the_environment() {
        let file = "CARRIER_URL=http://file\n";
        let layers = gathered(file, &[]);
        assert_eq!(layers.value("CARRIER_URL"), Some("http://file"));
        let layers = gathered(file, &[("CARRIER_URL", "http://environment")]);
        assert_eq!(layers.value("CARRIER_URL"), Some("http://environment"));
        assert_eq!(layers.origin("CARRIER_URL"), Some(&Origin::Environment));
        assert_eq!(
            gathered("", &[("CARRIER_URL", "${X}")]).value("CARRIER_URL"),
            None
        );
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("service.env");
        std::fs::write(&path, "CARIER_URL=x\n").unwrap();
        let error = Layers::gather([], &BTreeMap::new(), Some(&path), &["CARRIER_URL"]);
        let error = error.unwrap_err().to_string();
        assert!(error.contains("did you mean CARRIER_URL?"), "{error}");
        assert!(error.contains("`env = [\"CARIER_URL\"]`"), "{error}");
    }

    #[test]
    fn a_file_that_is_not_a_regular_file_is_refused_by_name() {
        let error = Layers::gather([], &BTreeMap::new(), Some(Path::new("/dev/zero")), &[]);
        let error = error.unwrap_err().to_string();
        assert!(
            error.starts_with(
                "config_file_unreadable: the configuration file `/dev/zero` cannot be read: it is not a regular file; "
            ),
            "{error}"
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_value_that_is_not_unicode_is_not_taken_for_none() {
        use std::os::unix::ffi::OsStringExt as _;
        let value = OsString::from_vec(vec![b'/', 0xff]);
        let environment = [("HECATE_SECRETS_DIR".into(), value)];
        let error = Layers::gather(environment, &BTreeMap::new(), None, &[]).unwrap_err();
        assert!(error.to_string().starts_with(
            "setting_malformed: HECATE_SECRETS_DIR (environment): the value is not Unicode"
        ));
    }
}
