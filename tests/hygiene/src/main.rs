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
#[::om::hecate_service(crate = ::om, permissions = ["say"], settings = StrangerSettings)]
#[derive(::std::default::Default)]
struct Stranger;

/// Settings among strangers.
#[derive(::om::Settings)]
#[settings(crate = ::om)]
struct StrangerSettings {
    #[settings(default = 1)]
    reader: u8,
    #[settings(default = "one")]
    r#type: Kind,
    token: ::std::option::Option<::om::Secret<::std::string::String>>,
    #[settings(nested)]
    field_0: Inner,
}

/// Settings within settings.
#[derive(::om::Settings)]
#[settings(crate = ::om)]
struct Inner {
    field_1: ::std::option::Option<u8>,
}

/// One of two values.
#[derive(::om::Settings)]
#[settings(crate = ::om)]
enum Kind {
    One,
    r#Two,
}

/// Borrows the settings.
#[::om::capability("stranger.settings", crate = ::om)]
async fn settings(settings: &StrangerSettings) -> bool {
    let StrangerSettings {
        reader,
        r#type,
        token,
        field_0: Inner { field_1 },
    } = settings;
    match r#type {
        Kind::One => *reader == 1 && field_1.is_none(),
        Kind::Two => token.is_some(),
    }
}

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
