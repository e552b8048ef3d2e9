//! The folders of the machine that a service sees, checked.

use std::path::{Component, Path};

use hecate_om_manifest::Manifest;
use serde_json::Value;

use super::escape::is_word;

/// A folder of the machine and where the service sees it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Mount {
    volume: String,
    pub(super) host: String,
    pub(super) inside: String,
    /// Whether it is the service's alone, and so made and owned for it.
    pub(super) own: bool,
}

/// Folders that hold what other programs need: the unit would change the owner or the label of all of it.
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

/// Folders in which nothing can be the service's alone.
const SYSTEM_TREES: [&str; 12] = [
    "/bin", "/boot", "/dev", "/lib", "/lib32", "/lib64", "/libx32", "/proc", "/run", "/sbin",
    "/sys", "/usr",
];

/// The mounts of a manifest, by the names of its volumes.
///
/// # Errors
///
/// Every volume that no unit can have, by its key and its value.
pub(super) fn mounts(manifest: &Manifest) -> Result<Vec<Mount>, Vec<String>> {
    let mut mounts: Vec<Mount> = Vec::new();
    let mut wrong = Vec::new();
    for (volume, at) in &manifest.volumes {
        match mount(&manifest.name, volume, at) {
            Ok(mount) => {
                wrong.extend(mounts.iter().filter_map(|other| mount.collides(other)));
                mounts.push(mount);
            }
            Err(why) => wrong.push(why),
        }
    }
    if wrong.is_empty() {
        Ok(mounts)
    } else {
        Err(wrong)
    }
}

/// Secrets and state are seen where the service looks for them, whatever folder of the machine they are in; any other
/// folder is seen where it is.
fn mount(name: &str, volume: &str, at: &Value) -> Result<Mount, String> {
    let wrong = |why: &str| Err(format!("`volumes.{volume}` is `{}`: {why}", shown(at)));
    let host = match at.as_str() {
        Some(path) if path.starts_with('/') && is_word(path) && !path.contains(':') => path,
        _ => return wrong("write an absolute path without white space, `:`, `$` and quotes"),
    };
    let path = Path::new(host);
    if path.components().any(|part| part == Component::ParentDir) {
        return wrong("write the path without `..`");
    }
    let own = matches!(volume, "secrets" | "state");
    if is_system(path, own) {
        return wrong(
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
        own,
    })
}

/// Whether other programs need a folder. Only one that is the service's own gets another owner.
fn is_system(path: &Path, own: bool) -> bool {
    // Paths are compared by their parts, so that `/etc/` is `/etc`.
    let in_tree = || SYSTEM_TREES.iter().any(|tree| path.starts_with(tree));
    let in_etc = || path.starts_with("/etc") && !path.starts_with("/etc/hecate");
    SYSTEM.iter().any(|folder| path == Path::new(folder)) || own && (in_tree() || in_etc())
}

impl Mount {
    /// Why both cannot be mounted.
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

/// A text as it is, anything else as JSON.
fn shown(value: &Value) -> String {
    match value.as_str() {
        Some(text) => text.to_owned(),
        None => value.to_string(),
    }
}
