//! `scaffold`: creates a new service.

use crate::output::{Failure, Output};
use crate::scaffold::{self, ScaffoldArgs};

pub(crate) fn run(args: ScaffoldArgs, output: &Output) -> Result<(), Failure> {
    let written = scaffold::service(args, output.is_json())?;
    output.print_result(&written, || {
        let at = written.path.display();
        let member = written.workspace.as_ref().map(|root| {
            format!(", a member of the workspace in `{}`", root.display())
        });
        // In a member's folder, Cargo tests only that member by default.
        let has_slices = written.files.iter().any(|path| path.starts_with("apps/"));
        let all = if member.is_some() && has_slices { " --workspace" } else { "" };
        let mut text = format!(
            "created `{}` in `{at}`{}: {} files. Next:\n  cd {}\n  cargo test{all}\n  cargo run\nREADME.md describes how to \
             call, build and deploy it. Commit Cargo.lock: the image build needs it.",
            written.name,
            member.unwrap_or_default(),
            written.files.len(),
            quoted(&at.to_string()),
        );
        if !written.changed.is_empty() {
            text.push_str(&format!("\nAlso changed: {}", written.changed_files()));
            text.push_str(if written.has_fast_cryptography {
                ", which now makes post-quantum cryptography fast. If Cargo.lock has macula-mldsa already, run `cargo update macula-mldsa`."
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

/// Note about a service that depends on hecate-om by a local path.
const LOCAL: &str = "\nhecate-om is a local path, so the service builds on this machine only, not in its image or workflows. Before you \
                     publish it, replace `path` by `git = \"<url>\"` in Cargo.toml.";

/// Quotes a path for a shell.
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
