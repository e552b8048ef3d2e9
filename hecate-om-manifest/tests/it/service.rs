//! A small service, built by Cargo.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;

use hecate_om_manifest::Manifest;

/// Folder of the services, the stub and the target folder, so that dependencies are compiled once.
///
/// All tests share the stub, because Cargo identifies packages by their path in the workspace, and
/// tests with different stubs would rebuild each other's.
pub(crate) static SCRATCH: LazyLock<PathBuf> = LazyLock::new(|| {
    let scratch = Path::new(env!("CARGO_TARGET_TMPDIR")).join("emit");
    let stand_in = scratch.join("hecate-om");
    fs::create_dir_all(stand_in.join("src")).unwrap();
    fs::write(stand_in.join("Cargo.toml"), STAND_IN).unwrap();
    fs::write(stand_in.join("src/lib.rs"), PASS_THROUGH).unwrap();
    scratch
});

const STAND_IN: &str = "
[workspace]
[package]
name = \"hecate-om\"
version = \"0.1.0\"
edition = \"2024\"
[lib]
proc-macro = true
";

/// A service with one capability, which prints its manifest.
pub(crate) const MAIN: &str = "
#![deny(warnings)]
use hecate_om::{capability, hecate_service};

/// Echoes the request.
///
/// Nothing more.
#[hecate_service]
#[derive(Default)]
pub struct Echo;

/// Says it.
#[capability(\"echo.say\", version = 1, max_bytes = \"1 MiB\", timeout = \"10s\", concurrency = 64)]
pub async fn say(text: String) -> Result<Vec<String>, ()> { Ok(vec![text]) }

include!(env!(\"HECATE_OM_LINK\"));

fn main() {
    print!(\"{}{}\", include_str!(env!(\"HECATE_OM_LINK\")), include!(env!(\"HECATE_OM_MANIFESTS\")));
}
";

const PASS_THROUGH: &str = "
use proc_macro::TokenStream;
#[proc_macro_attribute]
pub fn capability(_: TokenStream, item: TokenStream) -> TokenStream { item }
#[proc_macro_attribute]
pub fn hecate_service(_: TokenStream, item: TokenStream) -> TokenStream { item }
";

/// The source of a service.
pub(crate) struct Service {
    pub(crate) dir: PathBuf,
}

impl Service {
    /// Returns a fresh service in a folder named after the test.
    pub(crate) fn new(test: &str) -> Self {
        let service = Self {
            dir: SCRATCH.join(test),
        };
        let _ = fs::remove_dir_all(&service.dir);
        service.write(
            "Cargo.toml",
            &format!(
                "[workspace]
                [package]
                name = \"hecate-{name}\"
                version = \"0.1.0\"
                edition = \"2024\"
                license = \"Apache-2.0\"
                description = \"Unused\"
                [features]
                loud = []
                [dependencies]
                hecate-om = {{ version = \"0.1.0\", path = \"../hecate-om\" }}
                [build-dependencies]
                hecate-om-manifest = {{ version = \"0.1.0\", path = {manifest:?} }}
                ",
                name = test.replace('_', "-"),
                manifest = env!("CARGO_MANIFEST_DIR"),
            ),
        );
        service.write("build.rs", "fn main() { hecate_om_manifest::emit(); }");
        service.write("src/main.rs", MAIN);
        // The versions of this crate's own dependencies, which are available offline.
        let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.lock");
        fs::copy(lock, service.path("Cargo.lock")).unwrap();
        service
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.dir.join(path)
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn add(&self, path: &str, text: &str) {
        self.write(
            path,
            &(fs::read_to_string(self.path(path)).unwrap_or_default() + text),
        );
    }

    pub(crate) fn manifest(&self) -> String {
        fs::read_to_string(self.path("manifest.json")).unwrap()
    }

    pub(crate) fn capabilities(&self) -> Vec<String> {
        let manifest = Manifest::parse(&self.manifest()).unwrap();
        manifest
            .capabilities
            .into_iter()
            .map(|capability| capability.name)
            .collect()
    }

    pub(crate) fn cargo(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut cargo = Command::new(env!("CARGO"));
        for (variable, _) in std::env::vars_os() {
            // Variables of this test's build do not apply to the service.
            let name = variable.to_string_lossy().into_owned();
            if name.starts_with("CARGO_") && name != "CARGO_HOME" || name == "DOCS_RS" {
                cargo.env_remove(variable);
            }
        }
        cargo
            .args(arguments)
            .args(["--offline", "--color", "never"])
            .current_dir(&self.dir)
            .env("CARGO_TARGET_DIR", SCRATCH.join("target"));
        cargo
    }

    /// Runs Cargo, which must succeed, and returns its standard error.
    #[track_caller]
    pub(crate) fn build_with(&self, arguments: &[&str]) -> String {
        let output = self.cargo(arguments);
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{stderr}");
        stderr
    }

    #[track_caller]
    pub(crate) fn build(&self) -> String {
        self.build_with(&["build"])
    }

    /// Builds the service, which must fail, and returns the standard error of Cargo.
    #[track_caller]
    pub(crate) fn fail(&self) -> String {
        let output = self.cargo(&["build"]);
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success(), "{stderr}");
        stderr
    }
}
