//! The files of a scan, each parsed once however many crates and conditions it is compiled under.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use proc_macro2::Span;

/// A source file, or the reason why the scanner cannot read it.
pub(super) type Parsed = Result<syn::File, Unread>;

/// Why a file could not be read.
#[derive(Debug)]
pub(super) enum Unread {
    /// The file itself.
    File(String),
    /// Its text, from a place on.
    From(Span, String),
}

/// The files of a scan.
#[derive(Debug, Default)]
pub(super) struct Files {
    /// Those that were read.
    pub(super) read: BTreeSet<PathBuf>,
    /// Those that were looked for and are not there.
    pub(super) missing: BTreeSet<PathBuf>,
    parsed: BTreeMap<PathBuf, Rc<Parsed>>,
}

impl Files {
    /// Parses a file, the first time that it is asked for.
    pub(super) fn parse(&mut self, file: &Path) -> Rc<Parsed> {
        if let Some(parsed) = self.parsed.get(file) {
            return Rc::clone(parsed);
        }
        self.read.insert(file.to_owned());
        let parsed = Rc::new(parse(file));
        self.parsed.insert(file.to_owned(), Rc::clone(&parsed));
        parsed
    }
}

fn parse(file: &Path) -> Parsed {
    let text = fs::read_to_string(file)
        .map_err(|error| Unread::File(format!("cannot read `{}`: {error}", file.display())))?;
    syn::parse_file(&text).map_err(|error| {
        let what = format!(
            "the scanner does not understand this file from here on: {error}; if the compiler does, its syntax is \
             newer than the scanner"
        );
        Unread::From(error.span(), what)
    })
}
