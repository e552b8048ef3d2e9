//! Histories: what each process did, in files that survive it.
//!
//! A line is written in one `write` to a file opened for appending, before the process acts on it,
//! so it outlives a `kill -9`.

mod journal;
mod reader;
mod record;

pub use journal::{Journal, now_ms};
pub use reader::Histories;
pub use record::{CallKind, Delivered, Entry, Expected, Failure, Held, Outcome, Record};
