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

/// A fact of a stranger.
#[::om::fact("stranger/said_v1", crate = ::om)]
#[derive(::serde::Deserialize, ::serde::Serialize)]
struct Said {}

// The derive for a struct with braces needs the prelude.
impl ::om::JsonSchema for Said {
    fn schema_name() -> ::std::borrow::Cow<'static, ::std::primitive::str> {
        ::std::borrow::Cow::Borrowed("Said")
    }

    fn json_schema(_: &mut ::om::schemars::SchemaGenerator) -> ::om::schemars::Schema {
        <::om::schemars::Schema as ::std::default::Default>::default()
    }
}

/// Hears the stranger.
#[::om::subscribe(crate = ::om, gaps = ignored)]
async fn heard(_said: Said) {}

/// In the service, and not in its unit tests.
#[cfg(not(test))]
#[::om::capability("stranger.served", crate = ::om)]
async fn served() {}

/// In the unit tests, and not in the service.
#[cfg(test)]
#[::om::capability("stranger.tested", crate = ::om)]
async fn tested() {}
