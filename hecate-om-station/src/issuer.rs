//! Issuers of tokens (UCANs): the realm, and any other key whose tokens a
//! capability accepts.

use std::path::Path;
use std::time::Duration;
use std::{fmt, io};

use macula_rust::node_key::NodeKey;
use macula_rust::ucan::{self, Capability, MAX_LIFETIME, Options};

use crate::clock::now_ms;
use crate::state::{NO_PUZZLE, load_or_generate};
use crate::{Profile, StationError};

/// The longest life of a token: ten years, the wire's bound. A token cannot be
/// withdrawn, so its end is the only limit on what it allows.
pub const MAX_TOKEN_LIFE: Duration = Duration::from_secs(MAX_LIFETIME as u64);

/// An issuer of tokens: a key that signs for which node may do what.
///
/// ```
/// use std::time::Duration;
/// use hecate_om_station::{Issuer, Profile};
///
/// # fn example(caller: [u8; 32]) -> Result<(), hecate_om_station::StationError> {
/// let issuer = Issuer::generate(Profile::PqPure)?;
/// let can = ["parcels/register".to_owned()];
/// let token = issuer.issue(&caller, &can, "mri:org:hecate.dev/acme", Duration::from_secs(600))?;
/// # Ok(())
/// # }
/// # example([7; 32]).unwrap();
/// ```
pub struct Issuer {
    key: NodeKey,
    node_id: [u8; 32],
}

impl Issuer {
    /// An issuer with a new key, which is kept nowhere.
    ///
    /// # Errors
    ///
    /// [`StationError::Crypto`] if the key cannot be generated.
    pub fn generate(profile: Profile) -> Result<Self, StationError> {
        NodeKey::generate_identity(profile, NO_PUZZLE)
            .map_err(|why| StationError::crypto("key", &why))
            .and_then(Self::new)
    }

    /// The issuer whose key is in the file at `path`, whatever its profile. A
    /// missing file is made, with a key of `profile`; its folder is not.
    ///
    /// # Errors
    ///
    /// A file that cannot be read or written, or holds no key. It is left as it
    /// is.
    pub fn open(path: &Path, profile: Profile) -> Result<Self, StationError> {
        refuse_missing_folder(path)?;
        match load_or_generate(path, profile, NO_PUZZLE) {
            Err(StationError::OtherProfile { kept, .. }) => {
                let kept =
                    Profile::parse(&kept).map_err(|why| StationError::crypto("key", &why))?;
                load_or_generate(path, kept, NO_PUZZLE)
            }
            opened => opened,
        }
        .and_then(Self::new)
    }

    /// The issuer whose key is in the file at `path`; `None` if there is no
    /// file.
    pub(crate) fn existing(path: &Path) -> Result<Option<Self>, StationError> {
        match std::fs::symlink_metadata(path) {
            Err(missing) if missing.kind() == io::ErrorKind::NotFound => Ok(None),
            _ => Self::open(path, Profile::PqPure).map(Some),
        }
    }

    fn new(key: NodeKey) -> Result<Self, StationError> {
        let node_id = key
            .node_id()
            .map_err(|why| StationError::crypto("node id", &why))?;
        Ok(Self { key, node_id })
    }

    /// The issuer's node id, as `access = ucan(issuer = "…")` names it.
    pub fn node_id(&self) -> [u8; 32] {
        self.node_id
    }

    /// Signs a token by which the node `audience` may do each of `can` to
    /// `with` (`mri:realm:<realm>`, `mri:org:<realm>/<org>` or
    /// `mri:proc:<realm>/<procedure>`) for `life`, counted in whole seconds, at
    /// least one.
    ///
    /// # Errors
    ///
    /// A life over [`MAX_TOKEN_LIFE`], or a key that cannot sign.
    pub fn issue(
        &self,
        audience: &[u8; 32],
        can: &[String],
        with: &str,
        life: Duration,
    ) -> Result<String, StationError> {
        sign(&self.key, audience, can, with, life)
            .map_err(|why| StationError::crypto("token", &why))
    }
}

impl fmt::Debug for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Issuer({})", hex::encode(self.node_id))
    }
}

/// Refuses a file in a folder that does not exist. A key in a mistyped place
/// would be a new issuer, which no capability accepts.
fn refuse_missing_folder(path: &Path) -> Result<(), StationError> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    match folder.map(std::fs::metadata) {
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
    can: &[String],
    with: &str,
    life: Duration,
) -> Result<String, String> {
    let capability = |can: &String| Capability {
        with: with.to_owned(),
        can: can.clone(),
    };
    let capabilities: Vec<Capability> = can.iter().map(capability).collect();
    let seconds = i64::try_from(life.as_secs().max(1)).unwrap_or(i64::MAX);
    let options = Options {
        exp: (now_ms() / 1000).saturating_add(seconds),
        ..Options::default()
    };
    ucan::create(key, audience, &capabilities, &options)
        .map_err(|why| why.to_string())
        .and_then(|token| String::from_utf8(token).map_err(|why| why.to_string()))
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
    fn a_token_holds_for_its_issuer_and_its_audience_only() {
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
    fn a_kept_issuer_stays_the_same_whatever_profile_is_asked_for() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("issuer.key");
        assert!(Issuer::existing(&path).unwrap().is_none());
        assert!(!path.exists(), "looking makes nothing");
        let made = Issuer::open(&path, Profile::PqPure).unwrap().node_id();
        let again = Issuer::open(&path, Profile::PqHybrid).unwrap().node_id();
        let existing = Issuer::existing(&path).unwrap().unwrap().node_id();
        assert_eq!([again, existing], [made, made]);
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
