//! The station with its clients: pools of macula-rust over QUIC on loopback.

#![allow(clippy::unwrap_used, reason = "a test's helpers fail it by panicking")]

mod calls;
mod claim;
mod clients;
mod dev_mesh;
mod dht;
mod events;
mod foreign;
mod frames;
mod links;
mod policies;
mod raw;
mod realms;
mod restart;
mod routes;
mod streams;
mod tokens;
