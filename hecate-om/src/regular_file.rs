//! Reading of regular files, up to a size limit.
//!
//! People choose the files that configure a service, and may choose something that is not a regular
//! file: opening a pipe waits for its writer, and reading a device may never end.

use std::fs::File;
use std::io::{self, Read as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use rustix::fs::{Mode, OFlags};

/// Maximum number of bytes read from a file.
const MAX_BYTES: u64 = 1024 * 1024;

/// Reads a whole file of at most 1 MiB.
///
/// # Errors
///
/// If the file cannot be read, is larger than 1 MiB, or is not a regular file. A file that is not
/// regular is not opened.
pub(crate) fn read(path: &Path) -> io::Result<Vec<u8>> {
    read_with_mode(path).map(|(bytes, _)| bytes)
}

/// Reads a file like [`read`], and returns the mode of the file that was read.
pub(crate) fn read_with_mode(path: &Path) -> io::Result<(Vec<u8>, u32)> {
    refuse_other(path)?;
    let file = open(path)?;
    let mode = file.metadata()?.mode();
    let mut bytes = Vec::new();
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(io::Error::other("it has more than 1 MiB"));
    }
    Ok((bytes, mode))
}

/// Opens a path that was a regular file a moment ago. If somebody has replaced the file by a pipe
/// since, opening it does not wait for a writer.
fn open(path: &Path) -> io::Result<File> {
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = File::from(rustix::fs::open(path, flags, Mode::empty())?);
    if !file.metadata()?.is_file() {
        return Err(not_regular());
    }
    Ok(file)
}

fn not_regular() -> io::Error {
    io::Error::other("it is not a regular file")
}

/// Returns an error if the path exists and is not a regular file.
pub(crate) fn refuse_other(path: &Path) -> io::Result<()> {
    match std::fs::metadata(path) {
        Ok(found) if !found.is_file() => Err(not_regular()),
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
    fn a_file_that_was_replaced_by_a_pipe_is_refused_without_waiting_for_a_writer() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("service.env");
        let made = std::process::Command::new("mkfifo").arg(&path).status();
        assert!(made.unwrap().success());
        let error = open(&path).unwrap_err();
        assert_eq!(error.to_string(), "it is not a regular file");
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
