//! A service without a prelude, with the dependency renamed, with modules that take the names of
//! crates and functions that take those of the expansion's locals. It compiles, which is the test; its
//! own test, written by the attribute, holds the binary against the manifest.

#![no_implicit_prelude]
#![forbid(unsafe_code)]
#![deny(warnings, clippy::pedantic)]

mod beside;
mod core;
mod hecate_om;
mod keywords;
mod names;
mod outputs;
mod primitives;
mod std;

/// A service among strangers.
#[::om::hecate_service(crate = ::om, actions = ["say"])]
#[derive(::std::default::Default)]
struct Stranger;

/// Echoes the request.
#[::om::capability("stranger.say", version = 2, access = open, timeout = "1s", crate = ::om)]
async fn say(
    _stranger: &Stranger,
    _call: &::om::Call,
    text: ::std::string::String,
) -> ::std::result::Result<::std::string::String, ::om::Refusal> {
    ::std::result::Result::Ok(text)
}

/// One function may serve several versions.
#[::om::capability("stranger.ping", crate = ::om)]
#[::om::capability("stranger.ping", version = 2, crate = ::om)]
async fn ping() {}

/// In the service, and not in its unit tests.
#[cfg(not(test))]
#[::om::capability("stranger.served", crate = ::om)]
async fn served() {}

/// In the unit tests, and not in the service.
#[cfg(test)]
#[::om::capability("stranger.tested", crate = ::om)]
async fn tested() {}
