//! Types of settings.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::num::{NonZeroU16, NonZeroU32, NonZeroU64, NonZeroUsize};
use std::path::PathBuf;
use std::time::Duration;

use super::updater::Updater;
use crate::node_id::NodeId;

/// Type of a setting. `#[derive(Settings)]` on an enum implements it, with the variants as values.
///
/// Implemented for integers, floats, `bool`, [`String`], [`PathBuf`], [`Duration`] (`30s`, `1h 30m`),
/// [`ByteSize`](super::ByteSize) (`64 KiB`), [`Url`](super::Url), [`NodeId`], IP addresses, `Vec<T>`
/// (values between commas), `Option<T>` (`None` if the setting is not set) and
/// [`Secret<T>`](super::Secret).
///
/// ```
/// use hecate_om::settings::SettingValue;
///
/// struct Percent(u8);
///
/// impl SettingValue for Percent {
///     fn form() -> String {
///         "a percentage from 0 to 100".into()
///     }
///
///     fn parse(text: &str) -> Result<Self, String> {
///         let percent = text.parse().ok().filter(|&percent| percent <= 100);
///         percent.map(Self).ok_or_else(|| format!("`{text}` is not {}", Self::form()))
///     }
/// }
///
/// assert_eq!(Percent::parse("7").unwrap().0, 7);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the value of a setting",
    note = "on an enum, add `#[derive(Settings)]`; on a field that is a struct with settings, `#[settings(nested)]`",
    note = "implement `hecate_om::settings::SettingValue` for another type"
)]
pub trait SettingValue: Sized + Send + Sync + 'static {
    /// Whether the value must not be printed.
    #[doc(hidden)]
    const IS_SECRET: bool = false;
    /// Whether the setting may be missing.
    #[doc(hidden)]
    const IS_OPTIONAL: bool = false;

    /// Returns the description of valid values, which completes the text "set it to …".
    fn form() -> String;

    /// Parses a value, which has no spaces at its ends.
    ///
    /// # Errors
    ///
    /// The problem: what the value is not, as in [`form`](Self::form). It is printed after the
    /// setting's name and origin, unless the setting is a secret.
    fn parse(text: &str) -> Result<Self, String>;

    /// Returns a value for `<service> config`, without the parts that must not be printed.
    fn shown(text: &str) -> String {
        text.to_owned()
    }

    /// Returns the value of a setting that is not set.
    #[doc(hidden)]
    fn absent() -> Option<Self> {
        None
    }

    /// Returns the handle to replace the value of a secret.
    #[doc(hidden)]
    fn updater(&self) -> Option<Updater> {
        None
    }
}

impl<T: SettingValue> SettingValue for Option<T> {
    const IS_SECRET: bool = T::IS_SECRET;
    const IS_OPTIONAL: bool = true;

    fn form() -> String {
        T::form()
    }

    fn parse(text: &str) -> Result<Self, String> {
        T::parse(text).map(Some)
    }

    fn shown(text: &str) -> String {
        T::shown(text)
    }

    fn absent() -> Option<Self> {
        Some(None)
    }

    fn updater(&self) -> Option<Updater> {
        self.as_ref()?.updater()
    }
}

impl<T: SettingValue> SettingValue for Vec<T> {
    const IS_SECRET: bool = T::IS_SECRET;

    fn form() -> String {
        format!("a list between commas, each item {}", T::form())
    }

    fn parse(text: &str) -> Result<Self, String> {
        items(text).map(T::parse).collect()
    }

    fn shown(text: &str) -> String {
        let items: Vec<String> = items(text).map(T::shown).collect();
        items.join(",")
    }
}

/// Returns the non-blank parts between commas.
fn items(text: &str) -> impl Iterator<Item = &str> {
    let parts = text.split(',').map(str::trim);
    parts.filter(|part| !part.is_empty())
}

impl SettingValue for String {
    fn form() -> String {
        "a text".into()
    }

    fn parse(text: &str) -> Result<Self, String> {
        Ok(text.to_owned())
    }
}

impl SettingValue for PathBuf {
    fn form() -> String {
        "a path".into()
    }

    fn parse(text: &str) -> Result<Self, String> {
        Ok(text.into())
    }
}

impl SettingValue for Duration {
    fn form() -> String {
        "a duration with its unit, for example `500ms`, `30s` or `2m`".into()
    }

    fn parse(text: &str) -> Result<Self, String> {
        let has_unit = text.contains(|c: char| c.is_ascii_alphabetic());
        let parsed = humantime::parse_duration(text).ok();
        let parsed = parsed.filter(|_| has_unit);
        parsed.ok_or_else(|| not(text, &Self::form()))
    }
}

/// Returns the problem of a value.
pub(super) fn not(text: &str, form: &str) -> String {
    format!("`{text}` is not {form}")
}

/// Implements the trait by `FromStr`.
macro_rules! parsed {
    ($($type:ty: $form:expr;)*) => {$(
        impl SettingValue for $type {
            fn form() -> String {
                $form.into()
            }

            fn parse(text: &str) -> Result<Self, String> {
                text.parse().map_err(|_| not(text, &Self::form()))
            }
        }
    )*};
}

macro_rules! integers {
    ($($type:ident)*) => {
        parsed! {$(
            $type: format!("a whole number from {} to {}", $type::MIN, $type::MAX);
        )*}
    };
}

integers! { u8 u16 u32 u64 usize i8 i16 i32 i64 isize NonZeroU16 NonZeroU32 NonZeroU64 NonZeroUsize }

parsed! {
    bool: "`true` or `false`";
    IpAddr: "an IP address, for example `127.0.0.1` or `::1`";
    Ipv4Addr: "an IPv4 address, for example `127.0.0.1`";
    Ipv6Addr: "an IPv6 address, for example `::1`";
    SocketAddr: "an IP address with a port, for example `127.0.0.1:8080` or `[::1]:8080`";
    NodeId: "a node id, 64 hex digits";
}

macro_rules! floats {
    ($($type:ident)*) => {$(
        impl SettingValue for $type {
            fn form() -> String {
                "a number, for example `0.5`".into()
            }

            fn parse(text: &str) -> Result<Self, String> {
                let number = text.parse().ok().filter(|number: &Self| number.is_finite());
                number.ok_or_else(|| not(text, &Self::form()))
            }
        }
    )*};
}

floats! { f32 f64 }
