//! URLs.

use std::fmt;

use hyper::Uri;

use super::SettingValue;
use super::value::not;

/// An absolute URL with a host, such as `https://models.example/v1`.
///
/// `Debug` and `<service> config` replace the user and the password in it by `…`. If the URL has a
/// password, `Secret<String>` is the better type.
///
/// ```
/// use hecate_om::settings::{SettingValue, Url};
///
/// let url = Url::parse("https://models.example:8443/v1").unwrap();
/// assert_eq!((url.scheme(), url.host(), url.port()), ("https", "models.example", Some(8443)));
/// assert_eq!(url.as_str(), "https://models.example:8443/v1");
/// assert!(Url::parse("models.example").is_err());
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Url {
    text: String,
    uri: Uri,
}

impl Url {
    /// Returns the URL as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns the scheme: `https`.
    #[must_use]
    pub fn scheme(&self) -> &str {
        self.uri.scheme_str().unwrap_or_default()
    }

    /// Returns the host, without the brackets of an IPv6 address.
    #[must_use]
    pub fn host(&self) -> &str {
        let host = self.uri.host().unwrap_or_default();
        host.trim_start_matches('[').trim_end_matches(']')
    }

    /// Returns the port, if the URL has one.
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        self.uri.port_u16()
    }

    /// Returns the path, `/` if it is empty.
    #[must_use]
    pub fn path(&self) -> &str {
        self.uri.path()
    }
}

impl SettingValue for Url {
    fn form() -> String {
        "a URL with its scheme and host, for example `https://models.example/v1`".into()
    }

    fn parse(text: &str) -> Result<Self, String> {
        let uri = text.parse::<Uri>().ok();
        let uri = uri.filter(|uri| {
            uri.scheme().is_some() && uri.host().is_some_and(|host| !host.is_empty())
        });
        let url = uri.map(|uri| Self {
            text: text.to_owned(),
            uri,
        });
        url.ok_or_else(|| not(&Self::shown(text), &Self::form()))
    }

    fn shown(text: &str) -> String {
        let start = text.find("://").map_or(0, |at| at + 3);
        let (scheme, rest) = text.split_at(start);
        let authority = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        match rest[..authority].rfind('@') {
            Some(at) => format!("{scheme}…{}", &rest[at..]),
            None => text.to_owned(),
        }
    }
}

impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Url({})", Self::shown(&self.text))
    }
}
