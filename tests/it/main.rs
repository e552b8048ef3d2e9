//! What crosses the crates: one binary, so that it is linked once.

mod access;
mod at_most_once;
mod authority;
mod bad_input;
mod calls;
mod certificate;
mod choice;
mod clients;
mod command_line;
mod content;
mod drain;
mod facts;
mod first_service;
mod grants;
mod guard;
mod health;
mod health_socket;
mod identity;
mod mesh_host;
mod metrics;
mod other_language;
#[cfg(feature = "otlp")]
mod otlp;
mod rag;
mod refusals;
mod restart;
mod rolling_restart;
mod schedules;
mod schemas;
mod stream_lines;
mod streams;
mod systemd;
mod tools;
mod typed_calls;
mod ui;
mod versions;
