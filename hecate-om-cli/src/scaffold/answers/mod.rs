//! Answers about a new service, checked as a whole.

use std::path::PathBuf;

use hecate_om_templates::SETTINGS;
use liquid::Object;
use liquid::model::Value;
use toml_edit::DocumentMut;

use super::{Written, ask, name};
use crate::args;
use crate::framework::Framework;

/// The licences whose text the template has.
const LICENSES: [&str; 3] = ["Apache-2.0", "MIT", "LicenseRef-Proprietary"];

/// Values of the placeholders in the templates, and the folder to write.
#[derive(Debug)]
pub(super) struct Answers {
    name: String,
    description: String,
    org: String,
    registry: String,
    license: String,
    slices: bool,
    bare: bool,
    health_port: u16,
    images: Images,
    framework: Framework,
    pub(super) path: PathBuf,
}

/// The pair of base images.
#[derive(Debug)]
struct Images {
    builder: String,
    runtime: String,
}

impl Answers {
    /// Reads the flags, prompts for the rest on a terminal, and checks all of it.
    ///
    /// # Errors
    ///
    /// Every mistake.
    pub(super) fn take(mut args: args::Scaffold, json: bool) -> Result<Self, Vec<String>> {
        if !json && ask::is_interactive() {
            ask::for_missing(&mut args);
        }
        Self::check(args)
    }

    fn check(args: args::Scaffold) -> Result<Self, Vec<String>> {
        let mut wrong = Vec::new();
        let mut take = |checked: Result<String, String>| {
            checked.unwrap_or_else(|why| {
                wrong.push(why);
                String::new()
            })
        };
        let name = take(match args.name {
            None => Err("not given: --name, as in `--name hecate-newservice`".into()),
            Some(name) => name::service(&name, args.slices).map(|()| name),
        });
        let description = take(match args.description {
            None => Err("not given: --description, one sentence about what it does".into()),
            Some(text) => description(&text).map(|()| text),
        });
        let org = take(match args.org {
            None => Ok(String::new()),
            Some(org) => self::org(&org).map(|()| org),
        });
        let registry = args.registry.unwrap_or_else(|| default("registry"));
        let registry = take(self::registry(&registry).map(|()| registry));
        let license = args.license.unwrap_or_else(|| default("license"));
        let license = take(if LICENSES.contains(&license.as_str()) {
            Ok(license)
        } else {
            Err(format!(
                "the licence `{license}` is none whose text is known here: write `{}`",
                LICENSES.join("`, `")
            ))
        });
        let port = args.health_port.unwrap_or_else(|| default("health_port"));
        let health_port = match port.parse() {
            Ok(port) if port > 0 => port,
            _ => {
                take(Err(format!(
                    "the health port `{port}` is no TCP port: write a number, 1 to 65535"
                )));
                0
            }
        };
        let [builder, runtime] = match (args.builder_image, args.runtime_image) {
            (None, None) => [default("builder_image"), default("runtime_image")],
            (Some(builder), Some(runtime)) => [("builder", builder), ("runtime", runtime)]
                .map(|(what, image)| take(pinned(what, &image).map(|()| image))),
            (builder, _) => {
                let (given, missing) = match builder {
                    Some(_) => ("--builder-image", "--runtime-image"),
                    None => ("--runtime-image", "--builder-image"),
                };
                [
                    take(Err(format!(
                        "{given} without {missing}: give both, as what the one links must run on the other"
                    ))),
                    String::new(),
                ]
            }
        };
        // The template requires the version that it was written for.
        let framework = match args.framework.as_deref().map(Framework::checkout) {
            None => Framework::default(),
            Some(Ok(framework)) => framework,
            Some(Err(why)) => {
                take(Err(why));
                Framework::default()
            }
        };
        if wrong.is_empty() {
            Ok(Self {
                path: args.path.unwrap_or_else(|| PathBuf::from(&name)),
                name,
                description,
                org,
                registry,
                license,
                slices: args.slices,
                bare: args.bare,
                health_port,
                images: Images { builder, runtime },
                framework,
            })
        } else {
            Err(wrong)
        }
    }

    /// The values of the templates, named as `cargo generate` names them.
    pub(super) fn values(&self) -> Object {
        let text = |text: &str| Value::scalar(text.to_owned());
        let mut values = Object::from_iter([
            ("project-name".into(), text(&self.name)),
            ("crate_name".into(), text(&self.name.replace('-', "_"))),
            ("description".into(), text(&self.description)),
            ("org".into(), text(&self.org)),
            ("registry".into(), text(&self.registry)),
            ("license".into(), text(&self.license)),
            ("health_port".into(), text(&self.health_port.to_string())),
            ("slices".into(), Value::scalar(self.slices)),
            ("bare".into(), Value::scalar(self.bare)),
            ("builder_image".into(), text(&self.images.builder)),
            ("runtime_image".into(), text(&self.images.runtime)),
        ]);
        match &self.framework {
            Framework::Version(_) => {}
            Framework::Path(dir) => drop(values.insert("framework_path".into(), text(dir))),
            Framework::Git(url) => drop(values.insert("framework_git".into(), text(url))),
        }
        values
    }

    /// Files and folders that this form of a service does not have, as `cargo generate` reads it from the settings.
    pub(super) fn left_out(&self) -> Vec<String> {
        let settings = settings();
        let conditions = settings
            .get("conditional")
            .and_then(|item| item.as_table_like());
        let met = conditions.into_iter().flat_map(|table| table.iter());
        met.filter(|(condition, _)| self.meets(condition))
            .filter_map(|(_, item)| item.get("ignore")?.as_array())
            .flat_map(|list| list.iter().filter_map(|path| path.as_str()))
            .map(str::to_owned)
            .collect()
    }

    /// Whether a condition of the settings is met; which there are is tested.
    fn meets(&self, condition: &str) -> bool {
        match condition.strip_prefix('!').unwrap_or(condition) {
            "slices" => self.slices != condition.starts_with('!'),
            "bare" => self.bare != condition.starts_with('!'),
            _ => false,
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn written(self, files: Vec<(String, String)>) -> Written {
        Written {
            name: self.name,
            path: self.path,
            files: files.into_iter().map(|(path, _)| path).collect(),
            workspace: None,
            changed: Vec::new(),
            has_new_profiles: false,
            is_local: self.framework.is_local(),
        }
    }
}

/// Whether a text can stand between quotes as it is.
fn is_plain(text: &str) -> bool {
    !text.is_empty() && !text.contains(|c: char| c.is_control() || matches!(c, '"' | '\\'))
}

pub(super) fn description(text: &str) -> Result<(), String> {
    let wrong = |why: &str| Err(format!("the description {why}"));
    match text {
        _ if text.trim().is_empty() => wrong("is empty: write one sentence about what it does"),
        _ if text.contains(|c: char| c.is_control() || c == '\\') => wrong(
            "has a line break, a control character or `\\`: it is one line that Cargo.toml, manifest.json, the image's \
             labels and systemd's unit must read alike",
        ),
        // The compiler refuses these in a comment and in a text.
        _ if text.contains(|c| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')) => {
            wrong("has a mark that changes the direction of text: leave it out")
        }
        _ if text
            .split(' ')
            .any(|word| word.is_empty() || word.contains(char::is_whitespace)) =>
        {
            wrong("has white space other than single blanks between words")
        }
        _ => Ok(()),
    }
}

pub(super) fn org(text: &str) -> Result<(), String> {
    if name::is_image_path(text) {
        Ok(())
    } else {
        Err(format!(
            "the org `{text}` is not valid in a registry; use lower-case letters and digits, with `-`, `_` or `.` between them"
        ))
    }
}

fn registry(text: &str) -> Result<(), String> {
    let (host, port) = match text.split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (text, None),
    };
    let is_label = |label: &str| {
        let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        label.starts_with(is_word)
            && label.ends_with(is_word)
            && label.chars().all(|c| is_word(c) || c == '-')
    };
    let port_is_one = port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0));
    if host.split('.').all(is_label) && port_is_one {
        Ok(())
    } else {
        Err(format!(
            "the registry `{text}` is no host: write it as in `ghcr.io` or `registry.example.org:5000`"
        ))
    }
}

/// A base image must be named by its digest: a tag names another image tomorrow.
fn pinned(what: &str, image: &str) -> Result<(), String> {
    let digest = image.split_once("@sha256:").map(|(_, digest)| digest);
    let is_digest = |digest: &str| {
        digest.len() == 64
            && digest
                .bytes()
                .all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    };
    if digest.is_some_and(is_digest) && is_plain(image) && !image.contains(char::is_whitespace) {
        Ok(())
    } else {
        Err(format!(
            "the {what} image `{image}` has no digest: write it as in `debian:12-slim@sha256:<64 hex digits>`"
        ))
    }
}

/// Default of a placeholder; that each has one is tested.
fn default(placeholder: &str) -> String {
    let settings = settings();
    let value = settings
        .get("placeholders")
        .and_then(|of| of.get(placeholder)?.get("default")?.as_str());
    value.unwrap_or_default().to_owned()
}

/// Settings of `cargo generate`; that they are TOML is tested.
fn settings() -> DocumentMut {
    SETTINGS.parse().unwrap_or_default()
}

#[cfg(test)]
mod tests;
