//! Not the crate of this name.
