//! A folder of documents.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Component, Path, PathBuf};

use walkdir::{DirEntry, WalkDir};

use crate::corpus::MAX_DOCUMENT;
use crate::error::FolderError;

/// File name extensions of documents.
const EXTENSIONS: [&str; 3] = ["md", "markdown", "txt"];
/// Folders of build output and dependencies.
const SKIPPED_FOLDERS: [&str; 2] = ["target", "node_modules"];

/// A folder of Markdown and text files.
#[derive(Debug, Clone)]
pub struct Folder {
    root: PathBuf,
}

/// The result of scanning a folder.
#[derive(Debug, Default)]
pub(crate) struct Scan {
    pub(crate) files: Vec<DocumentFile>,
    /// Files and folders that could not be read: source and reason.
    pub(crate) unreadable: Vec<(String, String)>,
}

/// A document in a folder.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct DocumentFile {
    /// The path relative to the folder, with `/` as the separator.
    pub(crate) source: String,
    pub(crate) path: PathBuf,
}

impl Folder {
    /// Opens the folder at `path`.
    ///
    /// # Errors
    ///
    /// [`FolderError`] if it does not exist, is not a folder or cannot be read.
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

    /// Returns the folder's absolute path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.root
    }

    /// Returns the origin of this folder's documents in the index.
    pub(crate) fn origin(&self) -> String {
        self.root.to_string_lossy().into_owned()
    }

    /// Finds the documents in the folder and its subfolders, except hidden ones. Symbolic links are
    /// followed only if they stay in the folder.
    pub(crate) fn scan(&self) -> Scan {
        let mut scan = Scan::default();
        let walk = WalkDir::new(&self.root)
            .follow_links(true)
            .sort_by_file_name()
            .into_iter()
            .filter_entry(|entry| self.is_included(entry));
        for entry in walk {
            match entry {
                Ok(entry) if entry.file_type().is_file() && is_document(entry.path()) => {
                    match self.source(entry.path()) {
                        Some(source) => scan.files.push(DocumentFile {
                            source,
                            path: entry.into_path(),
                        }),
                        None => tracing::warn!(
                            file = %entry.path().display(),
                            "file skipped: its name is not UTF-8"
                        ),
                    }
                }
                Ok(_) => {}
                Err(error) => {
                    let source = error.path().and_then(|path| self.source(path));
                    scan.unreadable
                        .push((source.unwrap_or_default(), reason(&error)));
                }
            }
        }
        scan
    }

    fn is_included(&self, entry: &DirEntry) -> bool {
        let name = entry.file_name();
        entry.depth() == 0
            || !(name.as_encoded_bytes().starts_with(b".")
                || entry.file_type().is_dir()
                    && SKIPPED_FOLDERS.iter().any(|skipped| name == *skipped)
                || entry.path_is_symlink() && !self.contains(entry.path()))
    }

    fn contains(&self, path: &Path) -> bool {
        path.canonicalize()
            .is_ok_and(|target| target.starts_with(&self.root))
    }

    /// Returns the source of a path in the folder; empty for the folder itself.
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

/// Reads the text of a document.
pub(crate) fn read(path: &Path) -> io::Result<String> {
    let mut bytes = Vec::new();
    // Limited while reading, since a file may grow meanwhile.
    File::open(path)?
        .take(MAX_DOCUMENT as u64 + 1)
        .read_to_end(&mut bytes)?;
    if bytes.len() > MAX_DOCUMENT {
        let reason = format!("it is larger than {MAX_DOCUMENT} bytes");
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, reason));
    }
    String::from_utf8(bytes)
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8 text"))
}

fn is_document(path: &Path) -> bool {
    path.extension().is_some_and(|extension| {
        EXTENSIONS
            .iter()
            .any(|known| extension.eq_ignore_ascii_case(known))
    })
}

fn reason(error: &walkdir::Error) -> String {
    match (error.loop_ancestor(), error.io_error()) {
        (Some(above), _) => format!("the link leads back to `{}`", above.display()),
        (None, Some(error)) => error.to_string(),
        (None, None) => error.to_string(),
    }
}
