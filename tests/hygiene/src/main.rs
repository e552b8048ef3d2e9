//! A service without a prelude, with the dependency renamed, with modules named like crates, and
//! with functions named like the expansion's locals. The test is that it compiles; the attribute's
//! own test compares the binary with the manifest.

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
#[::om::hecate_service(crate = ::om, permissions = ["say"])]
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
