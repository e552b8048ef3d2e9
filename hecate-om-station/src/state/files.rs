//! Files written whole or not at all, for their owner only.

use std::io::{self, Write};
use std::path::Path;

/// Makes `path` and what is missing above it, the new directories for their
/// owner only.
pub(crate) fn create_private_directory(path: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Replaces the file at `path` with `contents`: a reader sees the old file or
/// the new one, never a part.
pub(crate) fn write_whole(path: &Path, contents: &[u8]) -> io::Result<()> {
    let directory = path.parent().unwrap_or_else(|| Path::new("."));
    // Made for its owner only by the tempfile crate, and renamed as it is.
    let mut file = tempfile::NamedTempFile::new_in(directory)?;
    file.write_all(contents)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|refused| refused.error)?;
    Ok(())
}

/// The contents of the file at `path`, or `None` where there is none. A file
/// of more than `limit` bytes is an error: nothing kept here is that long.
pub(crate) fn read_if_there(path: &Path, limit: u64) -> io::Result<Option<Vec<u8>>> {
    use std::io::Read;

    let file = match std::fs::File::open(path) {
        Ok(file) => file,
        Err(missing) if missing.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(other) => return Err(other),
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
    fn a_file_is_replaced_whole_and_for_its_owner_only() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.json");
        write_whole(&path, b"one").unwrap();
        write_whole(&path, b"two").unwrap();
        assert_eq!(
            read_if_there(&path, 8).unwrap().as_deref(),
            Some(&b"two"[..])
        );
        let others = std::fs::read_dir(directory.path()).unwrap().count();
        assert_eq!(others, 1, "no temporary file stays behind");
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt;
            let mode = std::fs::metadata(&path).unwrap().mode();
            assert_eq!(mode & 0o077, 0);
        }
    }

    #[test]
    fn a_missing_file_is_none_and_one_over_the_limit_an_error() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.json");
        assert!(read_if_there(&path, 2).unwrap().is_none());
        write_whole(&path, b"three").unwrap();
        assert!(read_if_there(&path, 2).is_err());
    }
}
