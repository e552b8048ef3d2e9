//! `scaffold`: the repository of a new service.

use crate::output::{Failure, Output};
use crate::scaffold::{self, ScaffoldArgs};

pub(crate) fn run(args: ScaffoldArgs, output: &Output) -> Result<(), Failure> {
    let written = scaffold::service(args, output.is_json())?;
    output.done(&written, || {
        let at = written.path.display();
        let member = written.workspace.as_ref().map(|root| {
            format!(", a member of the workspace in `{}`", root.display())
        });
        // In the folder of a member, Cargo tests that member alone.
        let has_slices = written.files.iter().any(|path| path.starts_with("apps/"));
        let all = if member.is_some() && has_slices { " --workspace" } else { "" };
        let mut text = format!(
            "`{}` is in `{at}`{}: {} files. Next:\n  cd {}\n  cargo test{all}\n  cargo run\nREADME.md says how it is \
             called, built into an image and deployed. Commit Cargo.lock, too: the image is built from it.",
            written.name,
            member.unwrap_or_default(),
            written.files.len(),
            quoted(&at.to_string()),
        );
        if !written.changed.is_empty() {
            text.push_str(&format!("\nAlso changed: {}", written.changed_files()));
            text.push_str(if written.has_new_profiles {
                ", which now optimises the post-quantum cryptography of debug builds."
            } else {
                "."
            });
        }
        if written.is_local {
            text.push_str(LOCAL);
        }
        text
    })
}

/// Remark on a package whose framework is a folder.
const LOCAL: &str = "\nThe framework is a folder of this machine, so it builds here only, not in its image or its workflows; before you \
                     publish it, write `git = \"<url>\"` in place of `path` into Cargo.toml.";

/// As one word of a shell.
fn quoted(path: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "/._-+@:,".contains(c);
    if path.chars().all(is_plain) && !path.starts_with('-') {
        path.to_owned()
    } else {
        format!("'{}'", path.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_reads_the_path_as_one_word() {
        assert_eq!(quoted("../a-b/c_d.e"), "../a-b/c_d.e");
        assert_eq!(quoted("my services/x"), "'my services/x'");
        assert_eq!(quoted("it's $x"), r"'it'\''s $x'");
    }
}
