//! The compiler, for files that use the framework and belong to no package.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::build::cargo;

/// rustc, with the crates that Cargo has built for the binaries under test. Cargo would compile them
/// again for another package.
#[derive(Debug)]
pub struct Compiler {
    rustc: PathBuf,
    arguments: Vec<String>,
}

impl Compiler {
    /// Creates a compiler for files that import `hecate_om` and some of its dependencies, `crates`.
    ///
    /// # Panics
    ///
    /// If `messages`, which are those of [`build_messages`](crate::build_messages), lack a crate.
    #[must_use]
    pub fn new(messages: &[Value], crates: &[&str]) -> Self {
        let framework = libraries(messages, "hecate_om").next();
        let framework = framework.expect("the framework is built");
        let folder = framework.parent().expect("the file is in a folder");
        let metadata = std::fs::read(framework.with_extension("rmeta"));
        let metadata = metadata.expect("the framework's metadata is there");
        let hashes: HashSet<&[u8]> = metadata
            .split(|byte| *byte == b'-')
            .filter_map(|after| after.get(..16))
            .collect();

        let mut arguments = vec![
            "--edition=2024".to_owned(),
            format!("--extern=hecate_om={}", framework.display()),
            format!("-Ldependency={}", folder.display()),
        ];
        for name in crates {
            // A crate may be built again for build scripts, with other features. The framework's
            // metadata contains the hash in the name of the file that it was compiled with.
            let library = libraries(messages, name).find(|library| {
                let hash = library.to_str().and_then(|path| path.rsplit_once('-'));
                let hash = hash.and_then(|(_, hash)| hash.strip_suffix(".rlib"));
                hash.is_some_and(|hash| hashes.contains(hash.as_bytes()))
            });
            let library = library
                .expect("the framework depends on the crate")
                .display();
            arguments.push(format!("--extern={name}={library}"));
        }
        Self {
            // The compiler of the Cargo that built the crates.
            rustc: Path::new(cargo().get_program()).with_file_name("rustc"),
            arguments,
        }
    }

    /// Returns a command that compiles a file once its path and the path of the output are added.
    #[must_use]
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.rustc);
        command.args(&self.arguments);
        command
    }
}

/// Returns the files of a library.
fn libraries<'m>(messages: &'m [Value], name: &str) -> impl Iterator<Item = &'m Path> {
    let artifacts = messages.iter().filter(move |message| {
        let target = &message["target"];
        message["reason"] == "compiler-artifact"
            && target["name"] == name
            && target["kind"][0] == "lib"
    });
    let files = artifacts.filter_map(|artifact| artifact["filenames"].as_array());
    let files = files.flatten().filter_map(Value::as_str).map(Path::new);
    files.filter(|file| {
        file.extension()
            .is_some_and(|extension| extension == "rlib")
    })
}
