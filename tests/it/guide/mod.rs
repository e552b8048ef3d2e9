//! The guide: its links lead somewhere, its code is compiled, and what an operator may meet is in it.

mod cookbook;
mod first_service;
mod links;
pub(crate) mod markdown;
mod operating;
mod sources;
