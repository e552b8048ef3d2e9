//! Reading of regular files, up to a size limit.
//!
//! People choose the files that configure a service, and may choose something that is not a regular
//! file: opening a pipe waits for its writer, and reading a device may never end.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

/// Maximum number of bytes read from a file.
const MAX_BYTES: u64 = 1024 * 1024;

/// Reads a whole file of at most 1 MiB.
///
/// # Errors
///
/// If the file cannot be read, is larger than 1 MiB, or is not a regular file. A file that is not
/// regular is not opened.
pub(crate) fn read(path: &Path) -> io::Result<Vec<u8>> {
    refuse_other(path)?;
    let mut bytes = Vec::new();
    File::open(path)?
        .take(MAX_BYTES + 1)
        .read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(io::Error::other("it has more than 1 MiB"));
    }
    Ok(bytes)
}

/// Returns an error if the path exists and is not a regular file.
pub(crate) fn refuse_other(path: &Path) -> io::Result<()> {
    match std::fs::metadata(path) {
        Ok(found) if !found.is_file() => Err(io::Error::other("it is not a regular file")),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_up_to_its_limit() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("service.env");
        let at = usize::try_from(MAX_BYTES).unwrap();
        std::fs::write(&path, vec![b'x'; at]).unwrap();
        assert_eq!(read(&path).unwrap().len(), at);
        std::fs::write(&path, vec![b'x'; at + 1]).unwrap();
        let error = read(&path).unwrap_err();
        assert_eq!(error.to_string(), "it has more than 1 MiB");
    }

    #[test]
    fn a_folder_or_a_device_is_not_opened() {
        let dir = tempfile::tempdir().unwrap();
        for path in [dir.path(), Path::new("/dev/zero")] {
            let error = read(path).unwrap_err();
            assert_eq!(error.to_string(), "it is not a regular file");
        }
        let missing = read(&dir.path().join("missing")).unwrap_err();
        assert_eq!(missing.kind(), io::ErrorKind::NotFound);
    }
}
