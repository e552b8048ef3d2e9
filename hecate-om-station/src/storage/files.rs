//! Files that are replaced atomically and readable by their owner only.

use std::io::{self, Write};
use std::path::Path;

/// Creates the directory `path` and its missing parents, accessible to their owner only.
pub(crate) fn create_private_directory(path: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Replaces the file at `path` atomically: a reader sees the old contents or the new ones.
pub(crate) fn write_atomic(path: &Path, contents: &[u8]) -> io::Result<()> {
    let directory = path.parent().unwrap_or_else(|| Path::new("."));
    // The tempfile crate makes the file accessible to its owner only, and the mode is preserved.
    let mut file = tempfile::NamedTempFile::new_in(directory)?;
    file.write_all(contents)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|failed| failed.error)?;
    Ok(())
}

/// Reads the file at `path`. Returns `None` if the file is missing, and an error if it has more
/// than `limit` bytes.
pub(crate) fn read_optional(path: &Path, limit: u64) -> io::Result<Option<Vec<u8>>> {
    use std::io::Read;

    let file = match std::fs::File::open(path) {
        Ok(file) => file,
        Err(missing) if missing.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut contents = Vec::new();
    file.take(limit + 1).read_to_end(&mut contents)?;
    if contents.len() as u64 > limit {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            format!("longer than {limit} bytes"),
        ));
    }
    Ok(Some(contents))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_atomically_and_readable_by_its_owner_only() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.json");
        write_atomic(&path, b"one").unwrap();
        write_atomic(&path, b"two").unwrap();
        assert_eq!(
            read_optional(&path, 8).unwrap().as_deref(),
            Some(&b"two"[..])
        );
        let count = std::fs::read_dir(directory.path()).unwrap().count();
        assert_eq!(count, 1, "the temporary file is gone");
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt;
            let mode = std::fs::metadata(&path).unwrap().mode();
            assert_eq!(mode & 0o077, 0);
        }
    }

    #[test]
    fn a_missing_file_is_none_and_a_file_over_the_limit_is_an_error() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.json");
        assert!(read_optional(&path, 2).unwrap().is_none());
        write_atomic(&path, b"three").unwrap();
        assert!(read_optional(&path, 2).is_err());
    }
}
