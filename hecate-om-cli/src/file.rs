//! Files named on the command line, read up to a limit.

use std::fs::{File, FileType};
use std::io::{self, Read};
use std::path::Path;

/// Maximum number of bytes read from a file or standard input: the size of a frame on the wire.
pub(crate) const MAX: u64 = 16 * 1024 * 1024;

/// Opens a regular file, or a pipe such as `<(…)`.
///
/// # Errors
///
/// Fails on a device, a folder or a socket: reading some of them never ends.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    let kind = std::fs::metadata(path)?.file_type();
    match kind {
        _ if kind.is_dir() => Err(io::Error::other("it is a folder")),
        _ if kind.is_file() || is_pipe(kind) || is_null(path) => File::open(path),
        _ => Err(io::Error::other("it is neither a regular file nor a pipe")),
    }
}

/// Returns whether the path is the null device, which reads as an empty file.
fn is_null(path: &Path) -> bool {
    path == Path::new("/dev/null")
}

#[cfg(unix)]
fn is_pipe(kind: FileType) -> bool {
    std::os::unix::fs::FileTypeExt::is_fifo(&kind)
}

#[cfg(not(unix))]
const fn is_pipe(_: FileType) -> bool {
    false
}

/// Reads the text of a file of at most [`MAX`] bytes.
pub(crate) fn read(path: &Path) -> io::Result<String> {
    within_limit(open(path)?)
}

/// Reads the text of a file, or of standard input if the path is `-`.
pub(crate) fn read_or_stdin(path: &Path) -> io::Result<String> {
    if path.as_os_str() == "-" {
        within_limit(io::stdin().lock())
    } else {
        read(path)
    }
}

fn within_limit(from: impl Read) -> io::Result<String> {
    let mut text = String::new();
    from.take(MAX + 1).read_to_string(&mut text)?;
    if text.len() as u64 > MAX {
        return Err(io::Error::other("it is larger than 16 MiB"));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_read_up_to_the_limit() {
        let text = vec![b'x'; usize::try_from(MAX).unwrap()];
        assert_eq!(within_limit(text.as_slice()).unwrap().len(), text.len());
        let error = within_limit([text.as_slice(), b"x"].concat().as_slice()).unwrap_err();
        assert_eq!(error.to_string(), "it is larger than 16 MiB");
        assert!(within_limit([0xff].as_slice()).is_err());
    }

    #[test]
    fn a_folder_or_a_device_is_not_opened() {
        let dir = tempfile::tempdir().unwrap();
        let refused = |path: &Path| open(path).unwrap_err().to_string();
        assert_eq!(refused(dir.path()), "it is a folder");
        assert_eq!(
            refused(Path::new("/dev/zero")),
            "it is neither a regular file nor a pipe"
        );
        assert_eq!(read(Path::new("/dev/null")).unwrap(), "");
        let missing = open(&dir.path().join("missing")).unwrap_err();
        assert_eq!(missing.kind(), io::ErrorKind::NotFound);
    }
}
