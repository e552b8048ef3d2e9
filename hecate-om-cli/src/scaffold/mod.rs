//! Creates services and slices from the embedded templates.

mod answers;
mod args;
mod cargo_toml;
mod changes;
mod crates;
mod inherit;
mod name;
mod patches;
mod profiles;
mod prompt;
mod render;
mod slice;
mod validate;
mod workspace;

use std::io;
use std::path::{Path, PathBuf};

use hecate_om_templates::{MEMBER_ONLY, REPOSITORY_ONLY, SERVICE};
use liquid::model::Value as Liquid;
use serde::Serialize;
use toml_edit::{DocumentMut, Item};

use crate::output::Failure;
use answers::Answers;
use cargo_toml::{CargoToml, get, refusal};
use changes::Changes;
use inherit::PackageContext;
use render::Renderer;

pub(crate) use args::{AddSliceArgs, ScaffoldArgs, SliceKind};
pub(crate) use slice::add;

/// The files that were written and changed.
#[derive(Debug, Serialize)]
pub(crate) struct ScaffoldResult {
    /// Name of the service or the slice.
    pub(crate) name: String,
    /// Folder of the service or the slice.
    pub(crate) path: PathBuf,
    /// Files in the folder, by path.
    pub(crate) files: Vec<String>,
    /// Folder of the workspace that the package joined.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) workspace: Option<PathBuf>,
    /// Existing files that were changed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) changed: Vec<PathBuf>,
    /// Whether settings were added to the workspace that make post-quantum cryptography fast.
    #[serde(skip)]
    pub(crate) has_fast_cryptography: bool,
    /// Whether hecate-om is a local path.
    #[serde(skip)]
    pub(crate) is_local: bool,
}

impl ScaffoldResult {
    /// Formats the changed files; empty if there are none.
    pub(crate) fn changed_files(&self) -> String {
        let files = self
            .changed
            .iter()
            .map(|file| format!("`{}`", file.display()));
        files.collect::<Vec<_>>().join(" and ")
    }
}

/// Creates a service: a repository, or a member of the workspace that contains the folder. On an
/// error nothing is written.
///
/// # Errors
///
/// Returns all invalid values. Fails if the folder exists or cannot be written, or if Cargo refuses
/// the result.
pub(crate) fn service(args: ScaffoldArgs, json: bool) -> Result<ScaffoldResult, Failure> {
    let license_is_own = args.license.is_some();
    let answers =
        Answers::collect(args, json).map_err(|errors| Failure::malformed(errors.join("\n")))?;
    let cannot = |error: io::Error| cannot_write(&answers.path, &error);
    let dir = workspace::absolute(&answers.path).map_err(cannot)?;
    let bad_workspace = |why: String| Failure::new("bad_workspace", why);
    let find = || workspace::around(&dir).map_err(bad_workspace);
    let lock = find()?.and_then(|root| changes::lock(root.dir()));
    refuse_existing(&answers.path, "name another folder with `--path`")?;
    // Read the workspace again, because another run may have changed it before the lock was
    // acquired.
    let workspace = find()?;
    if let Some(root) = &workspace {
        workspace::check_resolver(root).map_err(bad_workspace)?;
        crates::refuse_locked(answers.name(), root.dir()).map_err(Failure::malformed)?;
    }
    let mut files = render(&answers, workspace.as_ref(), &dir, license_is_own)?;
    let mut changes = Changes::default();
    let Some(mut root) = workspace else {
        changes.add_folder(&dir, &files, EDITION)?;
        changes.commit();
        return Ok(answers.result(files));
    };
    let has_fast_cryptography = adapt_packages(&mut files, &mut root, &dir, license_is_own)?;
    let was_refused = refusal(&root.file).is_some();
    let path = workspace::relative(root.dir(), &dir);
    workspace::add_member(&mut root, &dir, &path).map_err(bad_workspace)?;
    if files.iter().any(|(path, _)| path.starts_with("apps/")) {
        let pattern = format!("{path}/apps/*");
        let any = dir.join("apps/any");
        workspace::add_member(&mut root, &any, &pattern).map_err(bad_workspace)?;
    }
    changes.add_folder(&dir, &files, &edition(&root))?;
    root.save(&mut changes)?;
    if !was_refused {
        accepted(&dir)?;
    }
    let changed = changes.commit();
    drop(lock);
    Ok(ScaffoldResult {
        workspace: Some(root.dir().to_owned()),
        changed,
        has_fast_cryptography,
        ..answers.result(files)
    })
}

/// Edition of the templates.
const EDITION: &str = "2024";

/// Returns the edition of packages in a workspace.
fn edition(root: &CargoToml) -> String {
    let edition = get(&root.document, &["workspace", "package", "edition"]);
    let edition = edition.and_then(Item::as_str);
    edition
        .map_or(EDITION, |edition| edition.max(EDITION))
        .to_owned()
}

/// Renders the files of a service, with their paths.
fn render(
    answers: &Answers,
    workspace: Option<&CargoToml>,
    dir: &Path,
    license_is_own: bool,
) -> Result<Vec<(String, String)>, Failure> {
    let mut values = answers.values();
    let mut excluded = answers.excluded_paths();
    if let Some(root) = workspace {
        let mut insert = |key: &'static str, value: &str| {
            values.insert(key.into(), Liquid::scalar(value.to_owned()));
        };
        insert("member", &workspace::relative(root.dir(), dir));
        let of_package = |field| get(&root.document, &["workspace", "package", field]);
        if let Some(repository) = of_package("repository").and_then(Item::as_str) {
            insert("repository", repository);
        }
        if let Some(license) = of_package("license").and_then(Item::as_str)
            && !license_is_own
        {
            insert("license", license);
            insert("member_license", license);
            excluded.push("LICENSE".to_owned());
        }
        let mut toolchains = ["rust-toolchain.toml", "rust-toolchain"].into_iter();
        if let Some(toolchain) = toolchains.find(|file| root.dir().join(file).is_file()) {
            insert("toolchain", toolchain);
        }
        excluded.extend(REPOSITORY_ONLY.iter().map(|path| (*path).to_owned()));
    } else {
        excluded.extend(MEMBER_ONLY.iter().map(|path| (*path).to_owned()));
    }
    let is_left_out = |path: &str| {
        excluded.iter().any(|out| {
            path == out
                || path
                    .strip_prefix(out)
                    .is_some_and(|rest| rest.starts_with('/'))
        })
    };
    let renderer = Renderer::new()?;
    let templates = SERVICE
        .iter()
        .filter(|template| !is_left_out(template.path));
    templates
        .map(|template| {
            let path = renderer.render(template.path, template.path, &values)?;
            let text = renderer.render(template.path, template.text, &values)?;
            Ok((path, text))
        })
        .collect()
}

/// Adapts each package of a service to its workspace, and returns whether settings of cryptography
/// were added to the workspace.
fn adapt_packages(
    files: &mut [(String, String)],
    root: &mut CargoToml,
    dir: &Path,
    license_is_own: bool,
) -> Result<bool, Failure> {
    let own = files.iter().find(|(path, _)| path == "Cargo.toml");
    let rendered = parse_rendered("Cargo.toml", own.map_or("", |(_, text)| text))?;
    for (path, text) in files {
        let Some(folder) = path.strip_suffix("Cargo.toml") else {
            continue;
        };
        let mut package = parse_rendered(path, text)?;
        let context = PackageContext {
            dir: &dir.join(folder),
            workspace: root,
            service: None,
            rendered: &rendered,
        };
        context.apply(&mut package, license_is_own);
        *text = package.to_string().trim_start().to_owned();
    }
    let has_new_profiles = profiles::add(root, &rendered);
    Ok(patches::add(root, &rendered) || has_new_profiles)
}

/// Fails if Cargo refuses a package that was written.
fn accepted(dir: &Path) -> Result<(), Failure> {
    match refusal(&dir.join("Cargo.toml")) {
        None => Ok(()),
        Some(why) => Err(Failure::new(
            "refused_by_cargo",
            format!("Cargo rejects the result, so nothing was changed:\n{why}"),
        )),
    }
}

/// Parses a rendered `Cargo.toml`. Tests check that the templates are TOML.
fn parse_rendered(name: &str, text: &str) -> Result<DocumentMut, Failure> {
    text.parse()
        .map_err(|error| Failure::new("failed", format!("the template `{name}`: {error}")))
}

/// Refuses a path that exists; `advice` is the second part of the error.
fn refuse_existing(path: &Path, advice: &str) -> Result<(), Failure> {
    if path.file_name().is_none() {
        let path = path.display();
        return Err(Failure::malformed(format!(
            "`{path}` is not the path of a new folder"
        )));
    }
    match path.symlink_metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(cannot_write(path, &error)),
        Ok(_) => Err(Failure::new(
            "exists",
            format!("`{}` already exists; {advice}", path.display()),
        )),
    }
}

fn cannot_write(path: &Path, error: &io::Error) -> Failure {
    Failure::new(
        "failed",
        format!("cannot write `{}`: {error}", path.display()),
    )
}
