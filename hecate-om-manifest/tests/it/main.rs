//! The scanner on whole packages, and `emit()` in real builds.

#![expect(clippy::unwrap_used, reason = "a helper that fails must fail its test")]

mod blind_spots;
mod by_hand;
mod calls;
mod cfg;
mod deep;
mod dependencies;
mod dependency_features;
mod diff;
mod emit;
mod facts;
mod fixture;
mod handler_list;
mod handlers;
mod keywords;
mod modules;
mod permissions;
mod problems;
mod schema;
mod service;
mod settings;
mod targets;
mod unwritten;
