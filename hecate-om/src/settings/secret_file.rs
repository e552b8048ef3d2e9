//! Files of secrets.

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use zeroize::Zeroizing;

use crate::regular_file;

/// Permissions that the file of a secret must not give: any to other users, and writing to its
/// group. The group may read, because systemd and Kubernetes give files to a service in that way.
const FORBIDDEN_MODE: u32 = 0o027;

/// Reads the text of a secret's file, without the newline at its end.
///
/// # Errors
///
/// If the file cannot be read, is empty, is not Unicode text, or is accessible to other users.
pub(super) fn read(path: &Path) -> Result<Zeroizing<String>, String> {
    let (bytes, mode) = regular_file::read_with_mode(path)
        .map_err(|error| format!("the file cannot be read: {error}"))?;
    let bytes = Zeroizing::new(bytes);
    check_mode(path, mode)?;
    let text = std::str::from_utf8(&bytes)
        .map_err(|_| "the file is not Unicode text; write the secret as text".to_owned())?;
    let text = text.strip_suffix('\n').unwrap_or(text);
    let text = text.strip_suffix('\r').unwrap_or(text);
    if text.trim().is_empty() {
        return Err("the file is empty; write the secret into it".into());
    }
    Ok(Zeroizing::new(text.to_owned()))
}

/// Refuses a configuration file with a secret if other users can access it.
pub(super) fn check(path: &Path) -> Result<(), String> {
    let metadata = std::fs::metadata(path);
    let metadata = metadata.map_err(|error| format!("the file cannot be read: {error}"))?;
    check_mode(path, metadata.mode())
}

fn check_mode(path: &Path, mode: u32) -> Result<(), String> {
    let mode = mode & 0o7777;
    if mode & FORBIDDEN_MODE == 0 {
        return Ok(());
    }
    Err(format!(
        "the file has mode {mode:04o}, so other users can access it; run `chmod 0400 {}`",
        path.display()
    ))
}
