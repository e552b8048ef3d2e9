//! New services and slices, from the templates in the binary.

mod answers;
mod ask;
mod files;
mod name;
mod render;
mod slice;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Serialize;

use crate::args;
use crate::output::Failure;
use answers::Answers;
use files::{Form, SERVICE};
use render::Renderer;

pub(crate) use slice::add;

/// What was written.
#[derive(Debug, Serialize)]
pub(crate) struct Written {
    /// The service's or the slice's name.
    pub(crate) name: String,
    /// The folder.
    pub(crate) path: PathBuf,
    /// The files in it, by path.
    pub(crate) files: Vec<String>,
}

/// Writes the repository of a new service: whole, or not at all.
///
/// # Errors
///
/// Every mistake in what was said of it; a folder that is there already, or cannot be written.
pub(crate) fn service(args: args::Scaffold, json: bool) -> Result<Written, Failure> {
    let answers =
        Answers::take(args, json).map_err(|wrong| Failure::malformed(wrong.join("\n       ")))?;
    refuse_existing(&answers.path)?;
    let renderer = Renderer::new()?;
    let values = answers.values();
    let form = match answers.slices {
        true => Form::Slices,
        false => Form::Plain,
    };
    let mut files = Vec::new();
    for template in SERVICE
        .iter()
        .filter(|t| t.form == form || t.form == Form::Any)
    {
        let path = renderer.render(template.path, template.path, &values)?;
        let text = renderer.render(template.path, template.text, &values)?;
        files.push((path, text));
    }
    put_all(&answers.path, &files)?;
    Ok(Written {
        name: answers.name,
        path: answers.path,
        files: files.into_iter().map(|(path, _)| path).collect(),
    })
}

fn refuse_existing(path: &Path) -> Result<(), Failure> {
    if path.file_name().is_none() {
        let path = path.display();
        return Err(Failure::malformed(format!(
            "`{path}` names no folder to make"
        )));
    }
    match path.symlink_metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(cannot_write(path, &error)),
        Ok(_) => Err(Failure::new(
            "exists",
            format!(
                "`{}` is there already, and nothing is written over; give another folder by --path",
                path.display()
            ),
        )),
    }
}

/// Writes files into a folder that is not there yet. It is made beside and then renamed, so that what was cut short
/// leaves no half of a repository under its name.
fn put_all(dir: &Path, files: &[(String, String)]) -> Result<(), Failure> {
    let name = dir.file_name().unwrap_or_default().to_string_lossy();
    let scratch = dir.with_file_name(format!(".{name}.{}", std::process::id()));
    let put = || {
        for (path, text) in files {
            let path = scratch.join(path);
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent)?;
            }
            fs::write(path, text)?;
        }
        format_sources(&scratch, files);
        fs::rename(&scratch, dir)
    };
    put().map_err(|error| {
        // What remains of a failed attempt is of no use; that it cannot be removed, of no interest.
        let _ = fs::remove_dir_all(&scratch);
        cannot_write(dir, &error)
    })
}

/// Breaks lines as the length of the names has it. Where there is no `rustfmt`, the sources are as right as before.
fn format_sources(dir: &Path, files: &[(String, String)]) {
    let sources = files.iter().map(|(path, _)| dir.join(path));
    let sources = sources.filter(|path| path.extension().is_some_and(|rust| rust == "rs"));
    // Not run in the folder, where rustup might fetch the compiler that it names.
    let mut rustfmt = Command::new("rustfmt");
    let _ = rustfmt.args(["--edition", "2024"]).args(sources).output();
}

fn cannot_write(path: &Path, error: &io::Error) -> Failure {
    Failure::new(
        "failed",
        format!("`{}` cannot be written: {error}", path.display()),
    )
}
