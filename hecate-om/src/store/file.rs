//! The file of a store, for its owner only.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

use redb::{Builder, Database, DatabaseError, backends::FileBackend};

use super::{Create, StoreError};

/// Maximum size of the cache in memory.
const CACHE: usize = 4 * 1024 * 1024;

/// Opens the database in the file at `path`.
pub(super) fn open(path: &Path, create: Create) -> Result<Option<Database>, StoreError> {
    let file = match open_file(path, create) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound && create == Create::Never => {
            return Ok(None);
        }
        Err(error) => {
            return Err(StoreError::new(format_args!(
                "cannot open `{}`: {error}; make it writable, or set HECATE_STATE_DIR",
                path.display()
            )));
        }
    };
    let database = FileBackend::new(file).and_then(|backend| {
        Builder::new()
            .set_cache_size(CACHE)
            .create_with_backend(backend)
    });
    database.map(Some).map_err(|error| {
        let remedy = match error {
            DatabaseError::DatabaseAlreadyOpen => {
                "another process uses it; set another HECATE_STATE_DIR for each process"
            }
            _ => "the file was not changed; if it is damaged, move it away",
        };
        StoreError::new(format_args!(
            "cannot open `{}`: {error}; {remedy}",
            path.display()
        ))
    })
}

fn open_file(path: &Path, create: Create) -> io::Result<File> {
    if create == Create::Missing
        && let Some(folder) = path.parent()
    {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)?;
    }
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(create == Create::Missing)
        .truncate(false)
        .mode(0o600)
        .open(path)
}
