//! What crosses the crates: one binary, so that it is linked once.

mod access;
mod authority;
mod bad_input;
mod calls;
mod certificate;
mod command_line;
mod drain;
mod first_service;
mod guard;
mod health_socket;
mod identity;
mod health;
mod mesh_host;
mod metrics;
mod other_language;
#[cfg(feature = "otlp")]
mod otlp;
mod rag;
mod refusals;
mod restart;
mod schemas;
mod systemd;
mod ui;
