//! Errors of a station.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Reason why [`Station::start`](crate::Station::start), [`Station::token`](crate::Station::token)
/// or an [`Issuer`](crate::Issuer) failed. No file is overwritten.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StationError {
    /// The state directory could not be created or read.
    #[error("the state directory `{}` cannot be used: {source}; make it writable by this user or name another", path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// A file could not be read or written.
    #[error("the file `{}` cannot be used: {source}; make it readable and writable by this user only", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// A file has invalid contents.
    #[error("the file `{}` is damaged: {problem}; restore it from a copy, or remove its directory to start a new mesh, whose node id and realm key will differ", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The problem with the contents.
        problem: String,
    },
    /// The file of saved records is truncated.
    #[error("the records in `{}` are truncated; restore the file from a copy, or remove it: nodes publish what they still need again", path.display())]
    DamagedRecords {
        /// The file.
        path: PathBuf,
    },
    /// The directory or file was created with another crypto profile.
    #[error("`{}` has the profile `{existing}`, but `{requested}` was requested; use `{existing}`, or another directory", path.display())]
    OtherProfile {
        /// The file with the other profile.
        path: PathBuf,
        /// The profile of the file.
        existing: String,
        /// The requested profile.
        requested: String,
    },
    /// The state directory belongs to a station of another realm.
    #[error("`{}` has the realm `{existing}`, but `{requested}` was requested; use `{existing}`, or another directory", path.display())]
    OtherRealm {
        /// The settings of the station.
        path: PathBuf,
        /// The realm of the station.
        existing: String,
        /// The requested realm.
        requested: String,
    },
    /// A realm name that is not a valid org name.
    #[error(
        "`{0}` is not a realm name: lower-case letters, digits, `.`, `_` and `-`, starting with a letter or digit, at most 128 bytes"
    )]
    RealmName(String),
    /// A realm was named more than once.
    #[error("the realm `{0}` is named more than once; name each realm once")]
    DuplicateRealm(String),
    /// Another program uses the station's UDP port. Clients know the port, so the station does not
    /// pick another port itself.
    #[error(
        "the UDP port {port} is taken by another program; stop that program, or start the station on another port"
    )]
    PortTaken {
        /// The port.
        port: u16,
    },
    /// The UDP socket could not be bound, for a reason other than [`StationError::PortTaken`].
    #[error("cannot listen on `{addr}`: {source}")]
    Bind {
        /// The address.
        addr: SocketAddr,
        /// The error of the operating system.
        source: io::Error,
    },
    /// A key, certificate, signature or token could not be created.
    #[error("the station's {what} could not be created: {reason}")]
    Crypto {
        /// What could not be created.
        what: &'static str,
        /// The reason.
        reason: String,
    },
}

impl StationError {
    pub(crate) fn crypto(what: &'static str, reason: &impl ToString) -> Self {
        Self::Crypto {
            what,
            reason: reason.to_string(),
        }
    }
}
