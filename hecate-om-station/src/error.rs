//! Why a station did not start.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Why [`Station::start`](crate::Station::start) refused. Nothing in the state
/// directory is overwritten on any of them.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StationError {
    /// The state directory could not be made or read.
    #[error("the state directory `{}` cannot be used: {source}; make it writable by this user or name another", path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// A file of the state directory could not be read or written.
    #[error("the file `{}` cannot be used: {source}; make it readable and writable by this user only", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// A file of the state directory does not hold what it should.
    #[error("the file `{}` is damaged: {what}; restore it from a copy, or remove its directory to begin a new mesh, whose node id and realm key will differ", path.display())]
    Damaged {
        /// The file, left as it is.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// The file of the records that outlive a station is cut short.
    #[error("the records in `{}` are cut short; restore the file from a copy, or remove it: nodes publish what they still need again", path.display())]
    DamagedRecords {
        /// The file, left as it is.
        path: PathBuf,
    },
    /// The state directory belongs to a station of another profile. A station
    /// has one profile: its keys and every signature are of it.
    #[error("`{}` keeps a station of profile `{kept}`, and `{wanted}` was asked for; use `{kept}`, or another directory", path.display())]
    OtherProfile {
        /// The file that names the kept profile.
        path: PathBuf,
        /// The profile kept.
        kept: String,
        /// The profile asked for.
        wanted: String,
    },
    /// The state directory belongs to a station of another realm.
    #[error("`{}` keeps a station of the realm `{kept}`, and `{wanted}` was asked for; use `{kept}`, or another directory", path.display())]
    OtherRealm {
        /// The file that names the kept realm.
        path: PathBuf,
        /// The realm kept.
        kept: String,
        /// The realm asked for.
        wanted: String,
    },
    /// A realm name that cannot be an org of the wire's grammar.
    #[error(
        "`{0}` is not a realm name: lower-case letters, digits, `.`, `_` and `-`, starting with a letter or digit, at most 128 bytes"
    )]
    RealmName(String),
    /// One realm was named more than once; each has one key.
    #[error("the realm `{0}` is named more than once; name each realm once")]
    RealmTwice(String),
    /// Another program holds the UDP port this station keeps. Clients know
    /// the port, so the station does not move to another by itself.
    #[error(
        "the UDP port {port} is taken by another program; stop that program, or start the station on another port"
    )]
    PortTaken {
        /// The port.
        port: u16,
    },
    /// The UDP socket could not be bound, for another reason than
    /// [`StationError::PortTaken`].
    #[error("cannot listen on `{addr}`: {source}")]
    Bind {
        /// The address.
        addr: SocketAddr,
        /// What the operating system said.
        source: io::Error,
    },
    /// A key, certificate or signature could not be made.
    #[error("the station's {what} could not be made: {why}")]
    Crypto {
        /// What was being made.
        what: &'static str,
        /// Why it failed.
        why: String,
    },
}

impl StationError {
    pub(crate) fn crypto(what: &'static str, why: &impl ToString) -> Self {
        Self::Crypto {
            what,
            why: why.to_string(),
        }
    }
}
