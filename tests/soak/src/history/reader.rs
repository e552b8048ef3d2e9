//! The reader of all histories of a run.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use super::{Entry, now_ms};

/// The histories in a folder, by the names of the processes that wrote them.
#[derive(Debug, Default)]
pub struct Histories {
    folder: PathBuf,
    files: BTreeMap<String, ReadFile>,
    /// Entries after this time are left for the next look: not all files have been read up to them.
    until: Option<u64>,
}

#[derive(Debug, Default)]
struct ReadFile {
    entries: Vec<Entry>,
    offset: u64,
}

impl Histories {
    /// Creates the reader of the folder; nothing is read yet.
    #[must_use]
    pub fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            files: BTreeMap::new(),
            until: None,
        }
    }

    /// Creates histories from entries, for tests of the judge.
    #[must_use]
    pub fn of(entries: &[(&str, Vec<Entry>)]) -> Self {
        let mut histories = Self::default();
        for (process, entries) in entries {
            let file = histories.files.entry((*process).to_owned()).or_default();
            file.entries.extend_from_slice(entries);
        }
        histories
    }

    /// Reads what was appended to the folder's files since the last call. A last line without its
    /// end is left for the next call.
    ///
    /// # Errors
    ///
    /// If a file cannot be read, or a line is not an entry.
    pub fn refresh(&mut self) -> io::Result<()> {
        self.until = Some(now_ms());
        for file in std::fs::read_dir(&self.folder)? {
            let path = file?.path();
            let Some(process) = process_name(&path) else {
                continue;
            };
            let read = self.files.entry(process).or_default();
            read.read_on(&path)?;
        }
        Ok(())
    }

    /// Returns the history of each process, in the order of their names.
    pub fn processes(&self) -> impl Iterator<Item = (&str, &[Entry])> {
        self.files.iter().map(|(process, file)| {
            let read = file
                .entries
                .iter()
                .position(|entry| self.until.is_some_and(|until| entry.at > until));
            let entries = &file.entries[..read.unwrap_or(file.entries.len())];
            (process.as_str(), entries)
        })
    }
}

impl ReadFile {
    fn read_on(&mut self, path: &Path) -> io::Result<()> {
        let mut file = File::open(path)?;
        file.seek(SeekFrom::Start(self.offset))?;
        let mut reader = BufReader::new(file);
        let mut line = Vec::new();
        loop {
            line.clear();
            let length = reader.read_until(b'\n', &mut line)?;
            if line.last() != Some(&b'\n') {
                return Ok(());
            }
            let entry = serde_json::from_slice(&line).map_err(|error| {
                let text = String::from_utf8_lossy(&line);
                io::Error::other(format!("{}: {error}: {text}", path.display()))
            })?;
            self.entries.push(entry);
            self.offset += length as u64;
        }
    }
}

/// Returns the process's name and incarnation, `alpha-1.3` of `alpha-1.3.jsonl`.
fn process_name(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_str()?;
    Some(name.strip_suffix(".jsonl")?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::{Journal, Record};
    use super::*;

    #[test]
    fn a_history_is_read_in_parts_and_a_half_written_line_waits() {
        let folder = std::env::temp_dir().join(format!("soak-history-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("c1.1.jsonl");
        let journal = Journal::open(&path).unwrap();
        let mut histories = Histories::new(&folder);
        journal.write(Record::Idle);
        histories.refresh().unwrap();
        let half = br#"{"at":1,"event":"#;
        std::fs::OpenOptions::new()
            .append(true)
            .open(&path)
            .and_then(|mut file| io::Write::write_all(&mut file, half))
            .unwrap();
        histories.refresh().unwrap();
        assert_eq!(histories.processes().next().unwrap().1.len(), 1);
        std::fs::OpenOptions::new()
            .append(true)
            .open(&path)
            .and_then(|mut file| io::Write::write_all(&mut file, b"\"idle\"}\n"))
            .unwrap();
        histories.refresh().unwrap();
        let (process, entries) = histories.processes().next().unwrap();
        assert_eq!((process, entries.len()), ("c1.1", 2));
        std::fs::remove_dir_all(folder).unwrap();
    }
}
