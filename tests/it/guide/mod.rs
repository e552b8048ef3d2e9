//! The guide: its links are valid, its code compiles, and the page on operating is complete.

mod cookbook;
mod first_service;
mod links;
pub(crate) mod markdown;
mod operating;
mod security;
mod sources;
