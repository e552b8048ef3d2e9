//! The writer of one process's history.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use rustix::time::{ClockId, clock_gettime};

use super::{Entry, Record};

/// The file of one process's history.
#[derive(Debug)]
pub struct Journal(File);

impl Journal {
    /// Opens the file for appending.
    ///
    /// # Errors
    ///
    /// If it cannot be opened.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        Ok(Self(file))
    }

    /// Appends a record with the current time.
    ///
    /// # Panics
    ///
    /// If it cannot be written: without its record, the process must not go on.
    pub fn write(&self, record: Record) {
        let entry = Entry {
            at: now_ms(),
            record,
        };
        let mut line = serde_json::to_vec(&entry).expect("a record is JSON");
        line.push(b'\n');
        (&self.0).write_all(&line).expect("a record can be written");
    }
}

/// Returns the time of the machine's monotonic clock, in milliseconds. It is the same for all
/// processes, so that what one of them does after another has a later time, and no fault of the wall
/// clock changes it.
#[must_use]
pub fn now_ms() -> u64 {
    let now = clock_gettime(ClockId::Monotonic);
    let milliseconds = now.tv_sec * 1_000 + now.tv_nsec / 1_000_000;
    u64::try_from(milliseconds).unwrap_or(0)
}
