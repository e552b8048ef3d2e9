//! The callers of a gateway: who may call what, how often, and with which token of the mesh.

use std::collections::{BTreeMap, HashMap};
use std::num::NonZeroU32;
use std::path::Path;
use std::time::Duration;

use governor::clock::{Clock as _, MonotonicClock};
use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use hecate_om::identity::Ucan;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use crate::exposure::Exposure;

/// The callers that a gateway knows, by the hash of their tokens.
///
/// The file of callers has tokens as hashes only, so that who reads it cannot call. A hash needs no
/// salt, because a token is random: 16 bytes at least.
#[derive(Debug)]
pub struct Callers(HashMap<[u8; 32], std::sync::Arc<Caller>>);

/// A caller of a gateway.
#[derive(Debug)]
pub(crate) struct Caller {
    pub(crate) name: String,
    /// The token that the gateway presents on the mesh for this caller.
    pub(crate) ucan: Option<Ucan>,
    exposure: Option<Exposure>,
    limit: Option<Limit>,
}

type Limit =
    RateLimiter<NotKeyed, InMemoryState, MonotonicClock, NoOpMiddleware<std::time::Instant>>;

/// The file, as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    callers: BTreeMap<String, Entry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    token_sha256: String,
    ucan_file: Option<std::path::PathBuf>,
    calls_per_second: Option<NonZeroU32>,
    expose: Option<Vec<String>>,
}

impl Callers {
    /// Reads the file of callers.
    ///
    /// # Errors
    ///
    /// Returns every mistake in it.
    pub fn load(file: &Path) -> Result<Self, Vec<String>> {
        let text = std::fs::read_to_string(file)
            .map_err(|error| vec![format!("`{}` cannot be read: {error}", file.display())])?;
        let folder = file.parent().unwrap_or(Path::new("."));
        Self::read(&text, folder).map_err(|mistakes| {
            let of_file = |mistake: String| format!("`{}`: {mistake}", file.display());
            mistakes.into_iter().map(of_file).collect()
        })
    }

    /// Reads callers in TOML. Files are named relative to `folder`.
    fn read(text: &str, folder: &Path) -> Result<Self, Vec<String>> {
        let File { callers } = toml::from_str(text).map_err(|error| vec![error.to_string()])?;
        let (mut known, mut mistakes) = (HashMap::new(), Vec::new());
        if callers.is_empty() {
            mistakes.push("it has no callers; add one as `[callers.NAME]`".to_owned());
        }
        for (name, entry) in callers {
            let caller = format!("the caller `{name}`");
            let hash = hash_of(&entry.token_sha256)
                .map_err(|why| mistakes.push(format!("{caller}: {why}")));
            match (Caller::read(name, entry, folder), hash) {
                (Ok(found), Ok(hash)) => {
                    if let Some(other) = known.insert(hash, std::sync::Arc::new(found)) {
                        let other: &Caller = &other;
                        mistakes.push(format!("{caller} has the token of `{}`", other.name));
                    }
                }
                (Err(whys), _) => {
                    mistakes.extend(whys.into_iter().map(|why| format!("{caller}: {why}")));
                }
                (Ok(_), Err(())) => {}
            }
        }
        if mistakes.is_empty() {
            Ok(Self(known))
        } else {
            Err(mistakes)
        }
    }

    /// Returns the caller with this token.
    pub(crate) fn find(&self, token: &str) -> Option<std::sync::Arc<Caller>> {
        let hash: [u8; 32] = Sha256::digest(token).into();
        self.0.get(&hash).cloned()
    }
}

impl Caller {
    fn read(name: String, entry: Entry, folder: &Path) -> Result<Self, Vec<String>> {
        let mut mistakes = Vec::new();
        let ucan = entry.ucan_file.and_then(|file| {
            let file = folder.join(file);
            let read = std::fs::read_to_string(&file).map_err(|error| error.to_string());
            let read = read.and_then(|text| {
                text.parse()
                    .map_err(|error: hecate_om::identity::UcanError| error.to_string())
            });
            read.map_err(|why| mistakes.push(format!("`ucan_file` `{}`: {why}", file.display())))
                .ok()
        });
        let exposure = entry.expose.and_then(|patterns| {
            Exposure::read(patterns.iter().map(String::as_str))
                .map_err(|error| mistakes.push(format!("`expose`: {error}")))
                .ok()
        });
        if !mistakes.is_empty() {
            return Err(mistakes);
        }
        let limit = entry.calls_per_second.map(Quota::per_second);
        Ok(Self {
            name,
            ucan,
            exposure,
            limit: limit.map(|quota| RateLimiter::direct_with_clock(quota, MonotonicClock)),
        })
    }

    /// Returns whether the caller may call the procedure, of those that the gateway exposes.
    pub(crate) fn may_call(&self, procedure: &str) -> bool {
        self.exposure
            .as_ref()
            .is_none_or(|exposure| exposure.allows(procedure))
    }

    /// Counts a call.
    ///
    /// # Errors
    ///
    /// Returns the time after which the next call is within the caller's limit.
    pub(crate) fn admit(&self) -> Result<(), Duration> {
        let Some(limit) = &self.limit else {
            return Ok(());
        };
        limit
            .check()
            .map_err(|until| until.wait_time_from(MonotonicClock.now()))
    }
}

fn hash_of(text: &str) -> Result<[u8; 32], String> {
    let mut hash = [0; 32];
    hex::decode_to_slice(text, &mut hash).map_err(|_| {
        "`token_sha256` is not a SHA-256 in 64 hex digits; make it with `printf %s \"$TOKEN\" | sha256sum`".to_owned()
    })?;
    if hash == <[u8; 32]>::from(Sha256::digest("")) {
        return Err("`token_sha256` is that of an empty token".into());
    }
    Ok(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Callers, Vec<String>> {
        Callers::read(text, Path::new("/nowhere"))
    }

    fn hash(token: &str) -> String {
        hex::encode(Sha256::digest(token))
    }

    #[test]
    fn a_caller_is_found_by_its_token_and_has_its_own_share() {
        let text = format!(
            "[callers.billing]\ntoken_sha256 = \"{}\"\ncalls_per_second = 2\nexpose = [\"acme/orders.*\"]",
            hash("secret")
        );
        let callers = read(&text).unwrap();
        assert!(callers.find("other").is_none());
        assert!(callers.find("").is_none());
        let caller = callers.find("secret").unwrap();
        assert_eq!(caller.name, "billing");
        assert!(caller.may_call("acme/orders.place") && !caller.may_call("acme/users.list"));
        assert_eq!((caller.admit(), caller.admit()), (Ok(()), Ok(())));
        let wait = caller.admit().unwrap_err();
        assert!(
            wait > Duration::ZERO && wait <= Duration::from_millis(500),
            "{wait:?}"
        );
    }

    #[test]
    fn every_mistake_is_reported_at_once() {
        let text = format!(
            "[callers.a]\ntoken_sha256 = \"xyz\"\nexpose = [\"*\"]\n[callers.b]\ntoken_sha256 = \"{0}\"\nucan_file = \"b.ucan\"\n\
             [callers.c]\ntoken_sha256 = \"{0}\"\n[callers.d]\ntoken_sha256 = \"{0}\"\n[callers.e]\ntoken_sha256 = \"{1}\"",
            hash("secret"),
            hash("")
        );
        let mistakes = read(&text).unwrap_err();
        for (mistake, expected) in mistakes.iter().zip([
            "the caller `a`: `token_sha256` is not a SHA-256",
            "the caller `a`: `expose`: `*` names no procedures",
            "the caller `b`: `ucan_file` `/nowhere/b.ucan`: ",
            "the caller `d` has the token of `c`",
            "the caller `e`: `token_sha256` is that of an empty token",
        ]) {
            assert!(mistake.starts_with(expected), "{mistake}");
        }
        assert_eq!(mistakes.len(), 5, "{mistakes:?}");
        for (text, expected) in [
            ("", "missing field `callers`"),
            ("[callers]", "has no callers"),
            ("[callers.a]\ntoken = \"a\"", "unknown field `token`"),
            (
                "[callers.a]\ntoken_sha256 = \"a\"\ncalls_per_second = 0",
                "nonzero",
            ),
        ] {
            let mistakes = read(text).unwrap_err();
            assert!(mistakes[0].contains(expected), "{mistakes:?}");
        }
    }
}
