//! The writer of one process's history.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;
use std::time::Instant;

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

/// Returns the time since the machine's start, in milliseconds. It is the same for all processes,
/// and no fault of the wall clock changes it.
///
/// # Panics
///
/// If the machine has no `/proc/uptime`.
#[must_use]
pub fn now_ms() -> u64 {
    use std::sync::OnceLock;
    // The file has a resolution of 10 ms, so it is read once, and the rest is measured.
    static START: OnceLock<(Instant, u64)> = OnceLock::new();
    let (instant, at) = START.get_or_init(|| {
        let text = std::fs::read_to_string("/proc/uptime").expect("Linux has this file");
        let seconds: f64 = text
            .split(' ')
            .next()
            .and_then(|word| word.parse().ok())
            .expect("the file starts with a number");
        (Instant::now(), (seconds * 1_000.0) as u64)
    });
    at + u64::try_from(instant.elapsed().as_millis()).unwrap_or(u64::MAX)
}
