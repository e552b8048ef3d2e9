//! Folders of the machine that are mounted into the service's container.

use std::path::{Component, Path};

use hecate_om_manifest::Manifest;
use serde_json::Value;

use super::escape::is_word;

/// Mount of a folder.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Mount {
    volume: String,
    pub(super) host: String,
    pub(super) inside: String,
    /// Whether the folder belongs to the service, so that the unit creates it and sets its owner.
    pub(super) is_owned: bool,
}

/// System folders, which are refused: the unit would change the owner or the label of their
/// contents.
const SYSTEM: [&str; 32] = [
    "/",
    "/bin",
    "/boot",
    "/dev",
    "/etc",
    "/home",
    "/lib",
    "/lib32",
    "/lib64",
    "/libx32",
    "/media",
    "/mnt",
    "/opt",
    "/proc",
    "/root",
    "/run",
    "/sbin",
    "/srv",
    "/sys",
    "/tmp",
    "/usr",
    "/var",
    "/var/cache",
    "/var/lib",
    "/var/lock",
    "/var/log",
    "/var/mail",
    "/var/opt",
    "/var/run",
    "/var/spool",
    "/var/tmp",
    "/etc/hecate",
];

/// Folders in which a service cannot own a folder.
const SYSTEM_TREES: [&str; 12] = [
    "/bin", "/boot", "/dev", "/lib", "/lib32", "/lib64", "/libx32", "/proc", "/run", "/sbin",
    "/sys", "/usr",
];

/// Returns the mounts of a manifest, by the names of its volumes.
///
/// # Errors
///
/// Returns every invalid volume, with its key and value.
pub(super) fn mounts(manifest: &Manifest) -> Result<Vec<Mount>, Vec<String>> {
    let mut mounts: Vec<Mount> = Vec::new();
    let mut errors = Vec::new();
    for (volume, at) in &manifest.volumes {
        match mount(&manifest.name, volume, at) {
            Ok(mount) => {
                errors.extend(mounts.iter().filter_map(|other| mount.collides(other)));
                mounts.push(mount);
            }
            Err(why) => errors.push(why),
        }
    }
    if errors.is_empty() {
        Ok(mounts)
    } else {
        Err(errors)
    }
}

/// Returns the mount of a volume. Secrets and state are mounted at fixed paths, other folders at
/// their own path.
fn mount(name: &str, volume: &str, at: &Value) -> Result<Mount, String> {
    let invalid = |why: &str| Err(format!("`volumes.{volume}` is `{}`: {why}", display(at)));
    let host = match at.as_str() {
        Some(path) if path.starts_with('/') && is_word(path) && !path.contains(':') => path,
        _ => return invalid("write an absolute path without white space, `:`, `$` and quotes"),
    };
    let path = Path::new(host);
    if path.components().any(|part| part == Component::ParentDir) {
        return invalid("write the path without `..`");
    }
    let is_owned = matches!(volume, "secrets" | "state");
    if is_system(path, is_owned) {
        return invalid(
            "it is a system folder; use one for this service, as in `/var/lib/<service>`",
        );
    }
    let inside = match volume {
        "secrets" => "/etc/hecate/secrets".to_owned(),
        "state" => format!("/var/lib/{name}"),
        _ => host.to_owned(),
    };
    Ok(Mount {
        volume: volume.to_owned(),
        host: host.to_owned(),
        inside,
        is_owned,
    })
}

/// Returns whether a folder belongs to the system. Only owned folders get another owner, so more
/// paths are refused for owned folders.
fn is_system(path: &Path, is_owned: bool) -> bool {
    // Compared as paths, so that `/etc/` equals `/etc`.
    let in_tree = || SYSTEM_TREES.iter().any(|tree| path.starts_with(tree));
    let in_etc = || path.starts_with("/etc") && !path.starts_with("/etc/hecate");
    SYSTEM.iter().any(|folder| path == Path::new(folder)) || is_owned && (in_tree() || in_etc())
}

impl Mount {
    /// Returns why the two folders cannot be mounted together.
    fn collides(&self, other: &Self) -> Option<String> {
        let same = |a: &str, b: &str| Path::new(a) == Path::new(b);
        let both = format!("`volumes.{}` and `volumes.{}`", other.volume, self.volume);
        if same(&self.host, &other.host) {
            let host = &self.host;
            Some(format!(
                "{both} are the same folder, `{host}`; give each its own"
            ))
        } else if same(&self.inside, &other.inside) {
            let inside = &self.inside;
            Some(format!(
                "{both} are both mounted at `{inside}`; move one of them"
            ))
        } else {
            None
        }
    }
}

/// Formats a string without quotes, and any other value as JSON.
fn display(value: &Value) -> String {
    match value.as_str() {
        Some(text) => text.to_owned(),
        None => value.to_string(),
    }
}
