//! The files of the service certificate.

use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::CertificateError;
use crate::regular_file;

const CERT: &str = "service-cert.pem";
const KEY: &str = "service-key.pem";
const ORG_CA: &str = "org-ca.pem";
const REALM_CA: &str = "realm-ca.pem";

/// Paths of the service certificate's files.
#[derive(Debug, Clone)]
pub(crate) struct CertificateFiles {
    dir: PathBuf,
}

/// Contents of the service certificate's files.
pub(crate) struct FileContents {
    pub(crate) cert: Vec<u8>,
    pub(crate) key: Vec<u8>,
    pub(crate) org_ca: Option<Vec<u8>>,
    pub(crate) realm_ca: Vec<u8>,
}

/// Metadata of the files, which change if a file is written, replaced or made readable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FileStamps([Option<FileStamp>; 4]);

/// Device, inode and length; mode; mtime and ctime in seconds and nanoseconds.
type FileStamp = ([u64; 3], u32, [i64; 4]);

impl CertificateFiles {
    pub(crate) fn new(secrets_dir: &Path) -> Self {
        Self {
            dir: secrets_dir.to_owned(),
        }
    }

    pub(super) fn cert(&self) -> PathBuf {
        self.dir.join(CERT)
    }

    pub(super) fn key(&self) -> PathBuf {
        self.dir.join(KEY)
    }

    pub(super) fn org_ca(&self) -> PathBuf {
        self.dir.join(ORG_CA)
    }

    pub(super) fn realm_ca(&self) -> PathBuf {
        self.dir.join(REALM_CA)
    }

    /// Returns whether the file of the service certificate exists, valid or not. A broken link
    /// counts as existing.
    pub(super) fn has_cert(&self) -> bool {
        // An invalid folder is reported as an error of the node key, which is in the same folder.
        !matches!(
            self.cert().symlink_metadata(),
            Err(error) if matches!(
                error.kind(),
                ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::InvalidFilename
            )
        )
    }

    pub(super) fn has_key(&self) -> bool {
        self.key().symlink_metadata().is_ok()
    }

    pub(super) fn stamp(&self) -> FileStamps {
        let stamp = |path: PathBuf| {
            let m = std::fs::metadata(path).ok()?;
            let times = [m.mtime(), m.mtime_nsec(), m.ctime(), m.ctime_nsec()];
            Some(([m.dev(), m.ino(), m.size()], m.mode(), times))
        };
        FileStamps([self.cert(), self.key(), self.org_ca(), self.realm_ca()].map(stamp))
    }

    /// Reads all files. All missing files are reported together.
    pub(super) fn read(&self) -> Result<FileContents, CertificateError> {
        let cert = read(&self.cert())?;
        let key = read_with_mode(&self.key())?;
        let org_ca = read(&self.org_ca())?;
        let realm_ca = read(&self.realm_ca())?;
        let (Some(cert), Some((key, mode)), Some(realm_ca)) = (&cert, &key, &realm_ca) else {
            let present = [
                cert.is_some(),
                key.is_some(),
                realm_ca.is_some(),
                org_ca.is_some(),
            ];
            let purposes = [
                (CERT, "the certificate"),
                (KEY, "its private key"),
                (REALM_CA, "the realm's CA, which verifies it"),
                (
                    ORG_CA,
                    "the org's CA between the two, unless `service-cert.pem` includes it",
                ),
            ];
            let missing = purposes.into_iter().zip(present);
            return Err(CertificateError::Missing {
                dir: self.dir.clone(),
                files: missing
                    .filter(|(_, present)| !present)
                    .map(|(f, _)| f)
                    .collect(),
            });
        };
        let mode = mode & 0o7777;
        if mode & 0o077 != 0 {
            let path = self.key();
            return Err(CertificateError::OpenKey { path, mode });
        }
        Ok(FileContents {
            cert: cert.clone(),
            key: key.clone(),
            org_ca,
            realm_ca: realm_ca.clone(),
        })
    }
}

/// Reads a file; `None` if the file does not exist.
fn read(path: &Path) -> Result<Option<Vec<u8>>, CertificateError> {
    read_with_mode(path).map(|read| read.map(|(bytes, _)| bytes))
}

/// Reads a file and its mode; `None` if the file does not exist.
fn read_with_mode(path: &Path) -> Result<Option<(Vec<u8>, u32)>, CertificateError> {
    match regular_file::read_with_mode(path) {
        Ok(read) => Ok(Some(read)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(source) => Err(CertificateError::Unreadable {
            path: path.to_owned(),
            source,
        }),
    }
}
