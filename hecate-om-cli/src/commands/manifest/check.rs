//! `manifest check`: checks that manifest.json is up to date with the source.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use hecate_om_manifest::preview;
use hecate_om_manifest::scan::Environment;

use crate::file;
use crate::output::{Failure, Output};

pub(crate) fn run(dir: &Path, output: &Output) -> Result<(), Failure> {
    refuse_no_folder(dir)?;
    let expected = preview(dir, &environment(dir)?)
        .map_err(|error| Failure::new("bad_source", format!("`{}`: {error}", dir.display())))?;
    let path = dir.join("manifest.json");
    let differs = |how: String| {
        Err(Failure::new(
            "differs",
            format!(
                "`{}` {how}; run `cargo build`, and commit the result",
                path.display()
            ),
        ))
    };
    match file::read(&path) {
        Ok(text) if text == expected => {
            output.print_result(&path, || format!("`{}` is up to date", path.display()))
        }
        Ok(text) => differs(format!("is out of date: {}", first(&text, &expected))),
        Err(error) => differs(format!("cannot be read ({error})")),
    }
}

/// Checks that the path is a folder.
fn refuse_no_folder(dir: &Path) -> Result<(), Failure> {
    let dir_shown = dir.display();
    if dir.is_dir() {
        return Ok(());
    }
    Err(Failure::new(
        "bad_source",
        if dir.exists() {
            format!("`{dir_shown}` is a file; give the folder of the service's Cargo.toml")
        } else {
            format!("there is no folder `{dir_shown}`")
        },
    ))
}

/// Describes the first difference.
fn first(text: &str, expected: &str) -> String {
    let mut lines = text.lines();
    for (index, wanted) in expected.lines().enumerate() {
        match lines.next() {
            Some(line) if line == wanted => {}
            Some(line) => {
                return format!(
                    "line {} is `{}` instead of `{}`",
                    index + 1,
                    line.trim(),
                    wanted.trim()
                );
            }
            None => return format!("`{}` is missing at the end", wanted.trim()),
        }
    }
    match lines.next() {
        Some(line) => format!("`{}` at the end is not in the source", line.trim()),
        None => "its line endings differ".into(),
    }
}

/// Returns the environment of a build script: the compiler's `cfg` values and the default features.
fn environment(dir: &Path) -> Result<Environment, Failure> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let ask = |what: &str| {
        let output = Command::new(&rustc)
            .args(["--print", what])
            .current_dir(dir)
            .output();
        match output {
            Ok(output) if output.status.success() => {
                Ok(String::from_utf8_lossy(&output.stdout).into_owned())
            }
            Ok(output) => Err(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
            Err(error) => Err(error.to_string()),
        }
        .map_err(|why| {
            let rustc = rustc.display();
            Failure::new(
                "no_compiler",
                format!("`{rustc} --print {what}` in `{}`: {why}", dir.display()),
            )
        })
    };
    let mut vars = cfg_vars(&ask("cfg")?);
    vars.insert("TARGET".into(), ask("host-tuple")?.trim().into());
    vars.insert("CARGO_FEATURE_DEFAULT".into(), "1".into());
    Ok(Environment::from_vars(vars))
}

/// Converts `target_os="linux"` to `CARGO_CFG_TARGET_OS=linux`, with several values of a key as a
/// list.
fn cfg_vars(printed: &str) -> BTreeMap<String, String> {
    let mut vars: BTreeMap<String, String> = BTreeMap::new();
    for line in printed.lines() {
        let (key, value) = line.split_once('=').unwrap_or((line, ""));
        let key = format!("CARGO_CFG_{}", key.to_ascii_uppercase());
        let value = value.trim_matches('"');
        vars.entry(key)
            .and_modify(|values| {
                values.push(',');
                values.push_str(value);
            })
            .or_insert_with(|| value.to_owned());
    }
    vars
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cfg_values_of_the_compiler_become_cargos_variables() {
        let vars = cfg_vars(
            "unix\ntarget_os=\"linux\"\ntarget_feature=\"sse\"\ntarget_feature=\"sse2\"\n",
        );
        let vars: Vec<_> = vars.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        assert_eq!(
            vars,
            [
                ("CARGO_CFG_TARGET_FEATURE", "sse,sse2"),
                ("CARGO_CFG_TARGET_OS", "linux"),
                ("CARGO_CFG_UNIX", ""),
            ]
        );
    }

    #[test]
    fn a_missing_folder_is_reported_before_the_compiler_runs() {
        let refused = |dir: &Path| format!("{:?}", run(dir, &Output::new(true)).unwrap_err());
        let missing = refused(Path::new("/nowhere"));
        assert!(
            missing.contains("there is no folder `/nowhere`"),
            "{missing}"
        );
        let file = refused(Path::new(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/Cargo.toml"
        )));
        assert!(file.contains("is a file"), "{file}");
    }

    #[test]
    fn the_first_difference_is_shown() {
        assert_eq!(first("a\nb\n", "a\nc\n"), "line 2 is `b` instead of `c`");
        assert_eq!(first("a\n", "a\nc\n"), "`c` is missing at the end");
        assert_eq!(
            first("a\nb\n", "a\n"),
            "`b` at the end is not in the source"
        );
        assert_eq!(first("a", "a\n"), "its line endings differ");
    }
}
