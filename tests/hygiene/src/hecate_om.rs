//! A module with the name of a crate.
