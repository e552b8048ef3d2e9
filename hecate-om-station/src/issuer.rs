//! Issuers of tokens (UCANs): the realm, and any other key whose tokens a capability accepts.

use std::path::Path;
use std::time::Duration;
use std::{fmt, io};

use macula_rust::node_key::NodeKey;
use macula_rust::ucan::{self, Capability, MAX_LIFETIME, Options};

use crate::clock::now_ms;
use crate::storage::{NO_PUZZLE, load_or_generate};
use crate::{Profile, StationError};

/// Maximum lifetime of a token: ten years, the limit of the wire. A token cannot be revoked; it is
/// valid until it expires.
pub const MAX_TOKEN_LIFE: Duration = Duration::from_secs(MAX_LIFETIME as u64);

/// An issuer of tokens: a key that signs the permissions of nodes.
///
/// ```
/// use std::time::Duration;
/// use hecate_om_station::{Issuer, Profile};
///
/// # fn example(caller: [u8; 32]) -> Result<(), hecate_om_station::StationError> {
/// let issuer = Issuer::generate(Profile::PqPure)?;
/// let permissions = ["parcels/register".to_owned()];
/// let resource = "mri:org:hecate.dev/acme";
/// let token = issuer.issue(&caller, &permissions, resource, Duration::from_secs(600))?;
/// # Ok(())
/// # }
/// # example([7; 32]).unwrap();
/// ```
pub struct Issuer {
    key: NodeKey,
    node_id: [u8; 32],
}

impl Issuer {
    /// Creates an issuer with a new key, which is not saved.
    ///
    /// # Errors
    ///
    /// [`StationError::Crypto`] if the key cannot be generated.
    pub fn generate(profile: Profile) -> Result<Self, StationError> {
        NodeKey::generate_identity(profile, NO_PUZZLE)
            .map_err(|error| StationError::crypto("key", &error))
            .and_then(Self::new)
    }

    /// Opens the issuer whose key is in the file at `path`, of any profile. If the file is missing,
    /// creates it with a new key of `profile`; the directory must exist.
    ///
    /// # Errors
    ///
    /// [`StationError::File`] or [`StationError::Damaged`] if the file cannot be read or written,
    /// or contains no key. The file is left unchanged.
    pub fn open(path: &Path, profile: Profile) -> Result<Self, StationError> {
        check_directory_exists(path)?;
        match load_or_generate(path, profile, NO_PUZZLE) {
            Err(StationError::OtherProfile { existing, .. }) => {
                let existing = Profile::parse(&existing)
                    .map_err(|error| StationError::crypto("key", &error))?;
                load_or_generate(path, existing, NO_PUZZLE)
            }
            opened => opened,
        }
        .and_then(Self::new)
    }

    /// Opens the issuer whose key is in the file at `path`. Returns `None` if the file is missing.
    pub(crate) fn existing(path: &Path) -> Result<Option<Self>, StationError> {
        match std::fs::symlink_metadata(path) {
            Err(missing) if missing.kind() == io::ErrorKind::NotFound => Ok(None),
            _ => Self::open(path, Profile::PqPure).map(Some),
        }
    }

    fn new(key: NodeKey) -> Result<Self, StationError> {
        let node_id = key
            .node_id()
            .map_err(|error| StationError::crypto("node id", &error))?;
        Ok(Self { key, node_id })
    }

    /// Returns the issuer's node id, for `access = ucan(issuer = "…")`.
    pub fn node_id(&self) -> [u8; 32] {
        self.node_id
    }

    /// Signs a token that grants `permissions` on `resource` to the node `audience`. A resource is
    /// `mri:realm:<realm>`, `mri:org:<realm>/<org>` or `mri:proc:<realm>/<procedure>`. The token
    /// expires after `life`, in whole seconds, at least one.
    ///
    /// # Errors
    ///
    /// [`StationError::Crypto`] if `life` is over [`MAX_TOKEN_LIFE`] or the key cannot sign.
    pub fn issue(
        &self,
        audience: &[u8; 32],
        permissions: &[String],
        resource: &str,
        life: Duration,
    ) -> Result<String, StationError> {
        sign(&self.key, audience, permissions, resource, life)
            .map_err(|error| StationError::crypto("token", &error))
    }
}

impl fmt::Debug for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Issuer({})", hex::encode(self.node_id))
    }
}

/// Fails if the file's directory does not exist. A key created at a mistyped path would be a new
/// issuer, which no capability accepts.
fn check_directory_exists(path: &Path) -> Result<(), StationError> {
    let directory = path
        .parent()
        .filter(|directory| !directory.as_os_str().is_empty());
    match directory.map(std::fs::metadata) {
        Some(Err(source)) => Err(StationError::File {
            path: path.to_path_buf(),
            source,
        }),
        _ => Ok(()),
    }
}

/// Signs a token with `key`, as [`Issuer::issue`] does.
pub(crate) fn sign(
    key: &NodeKey,
    audience: &[u8; 32],
    permissions: &[String],
    resource: &str,
    life: Duration,
) -> Result<String, String> {
    let capability = |permission: &String| Capability {
        with: resource.to_owned(),
        can: permission.clone(),
    };
    let capabilities: Vec<Capability> = permissions.iter().map(capability).collect();
    let seconds = i64::try_from(life.as_secs().max(1)).unwrap_or(i64::MAX);
    let options = Options {
        exp: (now_ms() / 1000).saturating_add(seconds),
        ..Options::default()
    };
    ucan::create(key, audience, &capabilities, &options)
        .map_err(|error| error.to_string())
        .and_then(|token| String::from_utf8(token).map_err(|error| error.to_string()))
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use macula_rust::ucan::{Context, Policy, authorize};

    use super::*;

    const CALLER: [u8; 32] = [7; 32];

    fn refusal(issuer: &Issuer, token: &str, caller: [u8; 32]) -> Option<&'static str> {
        let policy = Policy::UcanRequired {
            issuer: issuer.node_id(),
        };
        let context = Context {
            caller,
            profile: Profile::PqPure,
            now: now_ms() / 1000,
            request: None,
            proofs: HashMap::new(),
        };
        let verdict = authorize(token.as_bytes(), &policy, &context);
        verdict.err().map(|refusal| refusal.name())
    }

    #[test]
    fn a_token_is_valid_only_for_its_issuer_and_audience() {
        let [issuer, other] = [0, 1].map(|_| Issuer::generate(Profile::PqPure).unwrap());
        let can = ["parcels/register".to_owned()];
        let hour = Duration::from_secs(3600);
        let token = issuer
            .issue(&CALLER, &can, "mri:realm:hecate.dev", hour)
            .unwrap();
        assert_eq!(refusal(&issuer, &token, CALLER), None);
        assert_eq!(refusal(&other, &token, CALLER), Some("not_the_issuer"));
        assert_eq!(refusal(&issuer, &token, [8; 32]), Some("not_the_audience"));
        let endless = issuer.issue(&CALLER, &can, "mri:realm:hecate.dev", MAX_TOKEN_LIFE * 2);
        assert!(endless.is_err());
    }

    #[test]
    fn a_saved_issuer_stays_the_same_whatever_the_requested_profile() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("issuer.key");
        assert!(Issuer::existing(&path).unwrap().is_none());
        assert!(!path.exists(), "no file is created");
        let created = Issuer::open(&path, Profile::PqPure).unwrap().node_id();
        let again = Issuer::open(&path, Profile::PqHybrid).unwrap().node_id();
        let existing = Issuer::existing(&path).unwrap().unwrap().node_id();
        assert_eq!([again, existing], [created, created]);
        std::fs::write(&path, b"no key").unwrap();
        for refused in [
            Issuer::open(&path, Profile::PqPure).map(|_| ()),
            Issuer::existing(&path).map(|_| ()),
        ] {
            assert!(matches!(refused, Err(StationError::Damaged { .. })));
        }
        assert_eq!(std::fs::read(&path).unwrap(), b"no key");
    }
}
