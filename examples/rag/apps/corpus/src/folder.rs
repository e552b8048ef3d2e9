//! A folder of documents, as its files name them.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Component, Path, PathBuf};

use walkdir::{DirEntry, WalkDir};

use crate::corpus::MAX_DOCUMENT;
use crate::error::FolderError;

/// The endings of files that are documents.
const ENDINGS: [&str; 3] = ["md", "markdown", "txt"];
/// Folders of what was built or fetched, which nobody wrote.
const PASSED_OVER: [&str; 2] = ["target", "node_modules"];

/// A folder whose Markdown and text files are to be in the corpus.
#[derive(Debug, Clone)]
pub struct Folder {
    root: PathBuf,
}

/// What a folder holds.
#[derive(Debug, Default)]
pub(crate) struct Scan {
    pub(crate) files: Vec<Found>,
    /// What could not be looked at, by source, and why. Nothing is known of what is below.
    pub(crate) unseen: Vec<(String, String)>,
}

/// A file of a folder.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// The path below the folder, with `/` between its parts.
    pub(crate) source: String,
    pub(crate) path: PathBuf,
}

impl Folder {
    /// The folder at `path`.
    ///
    /// # Errors
    ///
    /// Where it does not exist, is no folder or may not be read.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, FolderError> {
        let path = path.as_ref();
        let opened = path.canonicalize().and_then(|root| {
            std::fs::read_dir(&root)?;
            Ok(Self { root })
        });
        opened.map_err(|error| FolderError {
            path: path.to_owned(),
            error,
        })
    }

    /// The folder's absolute path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.root
    }

    /// What documents of this folder are marked with.
    pub(crate) fn origin(&self) -> String {
        self.root.to_string_lossy().into_owned()
    }

    /// The documents below the folder, without hidden files and folders. Links are followed within the folder
    /// and not out of it.
    pub(crate) fn scan(&self) -> Scan {
        let mut scan = Scan::default();
        let walk = WalkDir::new(&self.root)
            .follow_links(true)
            .sort_by_file_name()
            .into_iter()
            .filter_entry(|entry| self.is_wanted(entry));
        for entry in walk {
            match entry {
                Ok(entry) if entry.file_type().is_file() && is_document(entry.path()) => {
                    match self.source(entry.path()) {
                        Some(source) => scan.files.push(Found {
                            source,
                            path: entry.into_path(),
                        }),
                        None => tracing::warn!(
                            file = %entry.path().display(),
                            "passed over: its name is not UTF-8"
                        ),
                    }
                }
                Ok(_) => {}
                Err(error) => {
                    let source = error.path().and_then(|path| self.source(path));
                    scan.unseen
                        .push((source.unwrap_or_default(), reason(&error)));
                }
            }
        }
        scan
    }

    fn is_wanted(&self, entry: &DirEntry) -> bool {
        let name = entry.file_name();
        entry.depth() == 0
            || !(name.as_encoded_bytes().starts_with(b".")
                || entry.file_type().is_dir() && PASSED_OVER.iter().any(|passed| name == *passed)
                || entry.path_is_symlink() && !self.holds(entry.path()))
    }

    fn holds(&self, path: &Path) -> bool {
        path.canonicalize()
            .is_ok_and(|target| target.starts_with(&self.root))
    }

    /// The source of a path in the folder; empty for the folder itself.
    fn source(&self, path: &Path) -> Option<String> {
        let parts = path.strip_prefix(&self.root).ok()?.components();
        let parts: Option<Vec<&str>> = parts
            .map(|part| match part {
                Component::Normal(name) => name.to_str(),
                _ => None,
            })
            .collect();
        Some(parts?.join("/"))
    }
}

/// The text of a document's file.
pub(crate) fn read(path: &Path) -> io::Result<String> {
    let mut bytes = Vec::new();
    // No more than is needed to know that it is too much; a file may grow while it is read.
    File::open(path)?
        .take(MAX_DOCUMENT as u64 + 1)
        .read_to_end(&mut bytes)?;
    if bytes.len() > MAX_DOCUMENT {
        let reason = format!("it has more than the {MAX_DOCUMENT} bytes of a document");
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, reason));
    }
    String::from_utf8(bytes)
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8 text"))
}

fn is_document(path: &Path) -> bool {
    path.extension().is_some_and(|ending| {
        ENDINGS
            .iter()
            .any(|known| ending.eq_ignore_ascii_case(known))
    })
}

fn reason(error: &walkdir::Error) -> String {
    match (error.loop_ancestor(), error.io_error()) {
        (Some(above), _) => format!("the link leads back to `{}`", above.display()),
        (None, Some(error)) => error.to_string(),
        (None, None) => error.to_string(),
    }
}
