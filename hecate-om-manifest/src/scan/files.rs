//! Source files of a scan. Each is parsed once, however many crates it is part of.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use proc_macro2::Span;

/// A source file, or the reason why the scanner cannot read it.
pub(super) type ParsedFile = Result<syn::File, ReadError>;

/// Reason why a source file could not be read.
#[derive(Debug)]
pub(super) enum ReadError {
    /// The file cannot be read.
    File(String),
    /// The text cannot be parsed from a location on.
    From(Span, String),
}

/// The files of a scan.
#[derive(Debug, Default)]
pub(super) struct Files {
    /// The files that were read.
    pub(super) read: BTreeSet<PathBuf>,
    /// The files that do not exist.
    pub(super) missing: BTreeSet<PathBuf>,
    parsed: BTreeMap<PathBuf, Rc<ParsedFile>>,
}

impl Files {
    /// Returns the parsed file. Parses it on the first call.
    pub(super) fn parse(&mut self, file: &Path) -> Rc<ParsedFile> {
        if let Some(parsed) = self.parsed.get(file) {
            return Rc::clone(parsed);
        }
        self.read.insert(file.to_owned());
        let parsed = Rc::new(parse(file));
        self.parsed.insert(file.to_owned(), Rc::clone(&parsed));
        parsed
    }
}

fn parse(file: &Path) -> ParsedFile {
    let text = fs::read_to_string(file)
        .map_err(|error| ReadError::File(format!("cannot read `{}`: {error}", file.display())))?;
    syn::parse_file(&text).map_err(|error| {
        let what = format!(
            "the scanner cannot parse this file from here on: {error}; if the compiler can, the scanner is older than \
             the syntax"
        );
        ReadError::From(error.span(), what)
    })
}
