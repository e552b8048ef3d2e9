//! Validated values of a new service.

use std::path::PathBuf;

use hecate_om_templates::SETTINGS;
use liquid::Object;
use liquid::model::Value;
use toml_edit::DocumentMut;

use super::{ScaffoldArgs, ScaffoldResult, name, prompt, validate};
use crate::framework::Framework;

/// Licences whose text is in the template.
const LICENSES: [&str; 3] = ["Apache-2.0", "MIT", "LicenseRef-Proprietary"];

/// Values of the template's placeholders, and the folder to create.
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
    images: BaseImages,
    framework: Framework,
    pub(super) path: PathBuf,
}

/// Pair of base images.
#[derive(Debug)]
struct BaseImages {
    builder: String,
    runtime: String,
}

impl Answers {
    /// Reads the flags, prompts for missing values on a terminal, and checks all values.
    ///
    /// # Errors
    ///
    /// Returns all invalid and missing values.
    pub(super) fn collect(mut args: ScaffoldArgs, json: bool) -> Result<Self, Vec<String>> {
        if !json && prompt::is_interactive() {
            prompt::for_missing(&mut args);
        }
        Self::check(args)
    }

    fn check(args: ScaffoldArgs) -> Result<Self, Vec<String>> {
        let mut errors = Vec::new();
        let mut check_value = |checked: Result<String, String>| {
            checked.unwrap_or_else(|why| {
                errors.push(why);
                String::new()
            })
        };
        let name = check_value(match args.name {
            None => Err("missing `--name`; write a name, as in `--name hecate-newservice`".into()),
            Some(name) => name::service(&name, args.slices).map(|()| name),
        });
        let description = check_value(match args.description {
            None => Err(
                "missing `--description`; write one sentence about what the service does".into(),
            ),
            Some(text) => validate::description(&text).map(|()| text),
        });
        let org = check_value(match args.org {
            None => Ok(String::new()),
            Some(org) => validate::org(&org).map(|()| org),
        });
        let registry = args.registry.unwrap_or_else(|| default("registry"));
        let registry = check_value(validate::registry(&registry).map(|()| registry));
        let license = args.license.unwrap_or_else(|| default("license"));
        let license = check_value(if LICENSES.contains(&license.as_str()) {
            Ok(license)
        } else {
            Err(format!(
                "unsupported licence `{license}`; supported: `{}`",
                LICENSES.join("`, `")
            ))
        });
        let port = args.health_port.unwrap_or_else(|| default("health_port"));
        let health_port = match port.parse() {
            Ok(port) if port > 0 => port,
            _ => {
                check_value(Err(format!(
                    "the health port `{port}` is not a TCP port; write a number from 1 to 65535"
                )));
                0
            }
        };
        let [builder, runtime] = match (args.builder_image, args.runtime_image) {
            (None, None) => [default("builder_image"), default("runtime_image")],
            (Some(builder), Some(runtime)) => {
                [("builder", builder), ("runtime", runtime)].map(|(what, image)| {
                    check_value(validate::check_pinned(what, &image).map(|()| image))
                })
            }
            (builder, _) => {
                let (given, missing) = match builder {
                    Some(_) => ("--builder-image", "--runtime-image"),
                    None => ("--runtime-image", "--builder-image"),
                };
                [
                    check_value(Err(format!(
                        "`{given}` requires `{missing}`: the runtime image must run what the builder image links"
                    ))),
                    String::new(),
                ]
            }
        };
        // Without the flag, use the version of this binary, which the template is written for.
        let framework = match args.framework.as_deref().map(Framework::checkout) {
            None => Framework::default(),
            Some(Ok(framework)) => framework,
            Some(Err(why)) => {
                check_value(Err(why));
                Framework::default()
            }
        };
        if errors.is_empty() {
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
                images: BaseImages { builder, runtime },
                framework,
            })
        } else {
            Err(errors)
        }
    }

    /// Returns the values of the placeholders, with the names of `cargo generate`.
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

    /// Returns the files and folders that this variant leaves out, from the settings of
    /// `cargo generate`.
    pub(super) fn excluded_paths(&self) -> Vec<String> {
        let settings = settings();
        let conditions = settings
            .get("conditional")
            .and_then(|item| item.as_table_like());
        let met = conditions.into_iter().flat_map(|table| table.iter());
        met.filter(|(condition, _)| self.is_condition_met(condition))
            .filter_map(|(_, item)| item.get("ignore")?.as_array())
            .flat_map(|list| list.iter().filter_map(|path| path.as_str()))
            .map(str::to_owned)
            .collect()
    }

    /// Returns whether a condition of the settings is met. Tests check that all conditions are
    /// known.
    fn is_condition_met(&self, condition: &str) -> bool {
        match condition.strip_prefix('!').unwrap_or(condition) {
            "slices" => self.slices != condition.starts_with('!'),
            "bare" => self.bare != condition.starts_with('!'),
            _ => false,
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn result(self, files: Vec<(String, String)>) -> ScaffoldResult {
        ScaffoldResult {
            name: self.name,
            path: self.path,
            files: files.into_iter().map(|(path, _)| path).collect(),
            workspace: None,
            changed: Vec::new(),
            has_fast_cryptography: false,
            is_local: self.framework.is_local(),
        }
    }
}

/// Returns the default of a placeholder. Tests check that each has one.
fn default(placeholder: &str) -> String {
    let settings = settings();
    let value = settings
        .get("placeholders")
        .and_then(|table| table.get(placeholder)?.get("default")?.as_str());
    value.unwrap_or_default().to_owned()
}

/// Parses the settings of `cargo generate`. Tests check that they are TOML.
fn settings() -> DocumentMut {
    SETTINGS.parse().unwrap_or_default()
}

#[cfg(test)]
mod tests;
