//! `quadlet`: generates a service's systemd units from its manifest.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use super::manifest;
use crate::file;
use crate::output::{Failure, Output};
use crate::quadlet::{UnitSpec, units};

#[derive(Debug, Args)]
pub(crate) struct QuadletArgs {
    /// Folder of manifest.json
    #[arg(default_value = ".")]
    pub(crate) dir: PathBuf,
    /// Print the user unit, for `systemctl --user` and the development mesh
    #[arg(long)]
    pub(crate) dev: bool,
    /// Write both units to the folder `quadlet`
    #[arg(long, conflicts_with_all = ["dev", "check"])]
    pub(crate) write: bool,
    /// Check that both units in the folder `quadlet` are up to date with the manifest
    #[arg(long, conflicts_with = "dev")]
    pub(crate) check: bool,
}

pub(crate) fn run(args: &QuadletArgs, output: &Output) -> Result<(), Failure> {
    let path = args.dir.join("manifest.json");
    let invalid =
        |why: String| Failure::new("bad_manifest", format!("`{}`: {why}", path.display()));
    let text = file::read(&path).map_err(|error| invalid(error.to_string()))?;
    let manifest = manifest::parse(&text).map_err(invalid)?;
    let spec = UnitSpec::from_manifest(&manifest).map_err(|all| invalid(all.join("\n")))?;
    let units = units(&spec);
    let folder = args.dir.join("quadlet");
    if args.check || args.write {
        refuse_file(&folder)?;
    }
    if args.check {
        return check(&folder, &units, output);
    }
    if args.write {
        return write(&folder, &units, output);
    }
    let (name, text) = &units[usize::from(args.dev)];
    output.print_result(&json!({"name": name, "text": text}), || text.clone())
}

/// Refuses a file at the path of the folder.
fn refuse_file(folder: &Path) -> Result<(), Failure> {
    if !folder.exists() || folder.is_dir() {
        return Ok(());
    }
    Err(Failure::new(
        "failed",
        format!(
            "`{}` is a file, but the units need a folder of that name; move the file away",
            folder.display()
        ),
    ))
}

fn check(folder: &Path, units: &[(String, String)], output: &Output) -> Result<(), Failure> {
    let differs = |(name, text): &&(String, String)| {
        file::read(&folder.join(name)).ok().as_ref() != Some(text)
    };
    let other: Vec<String> = units
        .iter()
        .filter(differs)
        .map(|(name, _)| format!("`{}`", folder.join(name).display()))
        .collect();
    if !other.is_empty() {
        return Err(Failure::new(
            "differs",
            format!(
                "{} {} out of date with manifest.json; run `hecate-om quadlet --write`, and put local settings in a drop-in",
                other.join(" and "),
                if other.len() == 1 { "is" } else { "are" }
            ),
        ));
    }
    let names: Vec<&String> = units.iter().map(|(name, _)| name).collect();
    output.print_result(&names, || "the units are up to date".into())
}

fn write(folder: &Path, units: &[(String, String)], output: &Output) -> Result<(), Failure> {
    let cannot = |path: &Path, error: std::io::Error| {
        Failure::new(
            "failed",
            format!("`{}` cannot be written: {error}", path.display()),
        )
    };
    fs::create_dir_all(folder).map_err(|error| cannot(folder, error))?;
    let mut written = Vec::new();
    for (name, text) in units {
        let path = folder.join(name);
        fs::write(&path, text).map_err(|error| cannot(&path, error))?;
        written.push(path.display().to_string());
    }
    output.print_result(&written, || written.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_in_place_of_the_folder_is_named_and_unchanged() {
        let dir = tempfile::tempdir().unwrap();
        let manifest =
            r#"{"name": "a", "image": "b/a", "capabilities": [], "ports": {"health": 1}}"#;
        fs::write(dir.path().join("manifest.json"), manifest).unwrap();
        fs::write(dir.path().join("quadlet"), "mine").unwrap();
        for check in [true, false] {
            let args = QuadletArgs {
                dir: dir.path().to_owned(),
                dev: false,
                write: !check,
                check,
            };
            let refused = format!("{:?}", run(&args, &Output::new(true)).unwrap_err());
            assert!(refused.contains("move the file away"), "{refused}");
            assert!(!refused.contains("--write"), "{refused}");
        }
        let kept = fs::read_to_string(dir.path().join("quadlet")).unwrap();
        assert_eq!(kept, "mine");
    }
}
