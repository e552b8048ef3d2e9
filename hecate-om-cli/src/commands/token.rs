//! `token`: signs a token (UCAN) with the key of the development realm, or of another issuer.

use std::io::ErrorKind;
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clap::Args;
use hecate_om::identity::NodeId;
use hecate_om_station::{
    DEFAULT_REALM_NAME, Issuer, MAX_TOKEN_LIFE, Profile, StationError, dev_mesh,
};
use serde_json::{Value, json};

use crate::flags::MeshFlags;
use crate::output::{Failure, Output, print_note};
use crate::value_parsers::one_node;

#[derive(Debug, Args)]
pub(crate) struct TokenArgs {
    /// Permission to grant; repeat for several
    #[arg(long, required = true, value_name = "PERMISSION", value_parser = permission)]
    can: Vec<String>,
    /// Node that may present the token, by its id of 64 hex digits
    #[arg(long = "for", value_name = "NODE_ID", value_parser = one_node)]
    audience: NodeId,
    /// Lifetime of the token, from `1s` to ten years
    #[arg(long, default_value = "1h", value_parser = life)]
    expires: Duration,
    /// Resource of the permissions: `mri:realm:…`, `mri:org:…` or `mri:proc:…` [default: the whole
    /// realm]
    #[arg(long = "with", value_name = "MRI", value_parser = resource)]
    resource: Option<String>,
    /// Issuer's key file, created at its first use with --profile [default: the key of the
    /// development realm]
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
}

pub(crate) fn run(args: &TokenArgs, mesh: &MeshFlags, output: &Output) -> Result<(), Failure> {
    let realm = mesh.realm_name("token")?;
    args.can
        .iter()
        .filter_map(|can| warning(can))
        .for_each(|warning| print_note(&warning));
    let issuer = match &args.key {
        Some(file) => {
            let opened = Issuer::open(file, mesh.profile()?);
            opened.map_err(|error| Failure::new("bad_key", of_key(&error)))?
        }
        None if realm.is_some_and(|name| name != DEFAULT_REALM_NAME) => {
            return Err(Failure::malformed(format!(
                "the development realm is `{DEFAULT_REALM_NAME}`; for another realm, name the issuer's key with `--key`"
            )));
        }
        None if mesh.has_profile() => {
            return Err(Failure::malformed(
                "`--profile` applies only to a key that `token` creates; name its file with `--key`, or leave out \
                 `--profile`",
            ));
        }
        None => of_the_development_realm()?,
    };
    let realm = realm.unwrap_or(DEFAULT_REALM_NAME);
    let resource = match &args.resource {
        Some(resource) => resource.clone(),
        None => format!("mri:realm:{realm}"),
    };
    let audience = args.audience;
    let token = issuer
        .issue(audience.as_bytes(), &args.can, &resource, args.expires)
        .map_err(|error| Failure::new("failed", error.to_string()))?;
    if args.key.is_some() && mesh.has_profile() {
        refuse_other_profile(&token, mesh.profile()?)?;
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let expires_at = now.unwrap_or_default().saturating_add(args.expires);
    let result = json!({
        "ucan": token,
        "issuer": hex::encode(issuer.node_id()),
        "audience": audience.to_string(),
        "can": args.can,
        "with": resource,
        "expires_at": expires_at.as_secs(),
    });
    output.print_result(&result, || token.clone())
}

/// Describes a key file that cannot be used; the error's own text is about a station's state
/// folder.
fn of_key(error: &StationError) -> String {
    match error {
        StationError::Damaged { path, problem } => format!(
            "`{}` is not a key: {problem}; the file was not changed; name another with `--key`",
            path.display()
        ),
        StationError::File { path, source } if source.kind() == ErrorKind::NotFound => format!(
            "the folder of `{}` does not exist; create it, or name another file with `--key`",
            path.display()
        ),
        _ => error.to_string(),
    }
}

/// Checks that the key of a token has this profile.
fn refuse_other_profile(token: &str, wanted: Profile) -> Result<(), Failure> {
    // The header of the token names the key's algorithm.
    let header = token.split('.').next().unwrap_or_default();
    let header: Option<Value> = URL_SAFE_NO_PAD
        .decode(header)
        .ok()
        .and_then(|json| serde_json::from_slice(&json).ok());
    let is_pure = header.is_some_and(|header| header["alg"] == "ML-DSA-87");
    let kept = if is_pure {
        Profile::PqPure
    } else {
        Profile::PqHybrid
    };
    if kept == wanted {
        return Ok(());
    }
    Err(Failure::malformed(format!(
        "the key has the profile `{}`; leave out `--profile`",
        kept.name()
    )))
}

fn of_the_development_realm() -> Result<Issuer, Failure> {
    let dir = dev_mesh::default_state_dir();
    let issuer =
        dev_mesh::issuer(&dir).map_err(|error| Failure::new("bad_key", error.to_string()))?;
    issuer.ok_or_else(|| {
        Failure::new(
            "no_mesh",
            format!(
                "there is no development realm in `{}`; start `hecate-om dev` or a service once, or name an issuer's \
                 key with `--key`",
                dir.display()
            ),
        )
    })
}

fn permission(text: &str) -> Result<String, String> {
    if text.trim().is_empty() {
        return Err("it is empty; write a permission, as in `parcels/register`".into());
    }
    if text.trim() != text || text.contains(char::is_control) {
        return Err("it begins or ends with white space, or has a control character".into());
    }
    Ok(text.into())
}

/// Returns a warning about a permission that looks like a mistake: permissions are compared as
/// texts.
fn warning(permission: &str) -> Option<String> {
    let why = if permission.contains('*') {
        "`*` is not a wildcard"
    } else if permission.contains(char::is_whitespace) {
        "it has white space; repeat `--can` for several permissions"
    } else {
        return None;
    };
    Some(format!(
        "warning: permission `{permission}`: {why}; it matches only this exact text"
    ))
}

/// Checks a resource. Only these forms can be granted; a token for another resource would grant
/// nothing.
fn resource(text: &str) -> Result<String, String> {
    let kind = text
        .strip_prefix("mri:")
        .and_then(|rest| rest.split_once(':'));
    let is_one = kind.is_some_and(|(kind, name)| {
        let parts: Vec<&str> = name.split('/').collect();
        let enough = match kind {
            "realm" => parts.len() == 1,
            "org" => parts.len() == 2,
            "proc" => parts.len() >= 3,
            _ => false,
        };
        enough && parts.iter().all(|part| !part.is_empty())
    });
    if is_one {
        return Ok(text.into());
    }
    Err(
        "write `mri:realm:<realm>`, `mri:org:<realm>/<org>` or `mri:proc:<realm>/<org>/<name>`"
            .into(),
    )
}

fn life(text: &str) -> Result<Duration, String> {
    let parsed = humantime::parse_duration(text)
        .map_err(|error| format!("{error}; write `90s`, `1h` or `30d`"))?;
    if (Duration::from_secs(1)..=MAX_TOKEN_LIFE).contains(&parsed) {
        return Ok(parsed);
    }
    Err("it must be between 1s and ten years, because a token cannot be revoked".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_permission_that_looks_like_a_mistake_is_warned_about() {
        for text in ["", " ", " a", "a\n"] {
            assert!(permission(text).is_err(), "{text:?}");
        }
        for text in ["parcels/register", "publish_summary"] {
            assert_eq!(permission(text).as_deref(), Ok(text));
            assert_eq!(warning(text), None);
        }
        for (text, why) in [("parcels/*", "not a wildcard"), ("a b", "repeat `--can`")] {
            let warning = warning(text).unwrap();
            assert!(warning.contains(why), "{warning}");
        }
    }

    #[test]
    fn a_resource_is_a_realm_an_org_or_a_procedure() {
        for text in [
            "mri:realm:hecate.dev",
            "mri:org:hecate.dev/acme",
            "mri:proc:hecate.dev/acme/parcels.register",
        ] {
            assert_eq!(resource(text).as_deref(), Ok(text));
        }
        for text in [
            "",
            "acme",
            "mri:realm:",
            "mri:realm:a/b",
            "mri:org:hecate.dev",
            "mri:org:hecate.dev/",
            "mri:proc:hecate.dev/acme",
            "mri:app:hecate.dev/acme",
        ] {
            assert!(resource(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_profile_is_that_of_the_created_key() {
        use clap::Parser;

        #[derive(Debug, Parser)]
        struct Line {
            #[command(flatten)]
            token: TokenArgs,
            #[command(flatten)]
            mesh: MeshFlags,
        }

        let node = "01".repeat(32);
        let token = |more: &[&str]| {
            let line = ["token", "--can", "a/b", "--for", &node];
            let line = Line::parse_from(line.iter().chain(more));
            run(&line.token, &line.mesh, &Output::new(true))
        };
        let dir = tempfile::tempdir().unwrap();
        let key = |name: &str, more: &[&str]| {
            let key = dir.path().join(name);
            token(&[more, &["--key", key.to_str().unwrap()]].concat()).unwrap();
            std::fs::read(key).unwrap()
        };
        let pure = key("pure.key", &[]);
        let hybrid = key("hybrid.key", &["--profile", "pq_hybrid"]);
        // A hybrid key contains the seed of a second signature scheme.
        assert!(hybrid.len() > pure.len());
        let kept = |name: &str, profile: &str| {
            let key = dir.path().join(name);
            token(&["--profile", profile, "--key", key.to_str().unwrap()])
        };
        assert!(kept("hybrid.key", "pq_hybrid").is_ok());
        for (name, profile, own) in [
            ("pure.key", "pq_hybrid", "pq_pure"),
            ("hybrid.key", "pq_pure", "pq_hybrid"),
        ] {
            let refused = format!("{:?}", kept(name, profile).unwrap_err());
            let why = format!("the key has the profile `{own}`; leave out `--profile`");
            assert!(refused.contains(&why), "{refused}");
        }
        let refused = token(&["--profile", "pq_hybrid"]).unwrap_err();
        assert!(format!("{refused:?}").contains("--key"), "{refused:?}");
    }

    #[test]
    fn a_lifetime_is_a_second_to_ten_years() {
        assert_eq!(life("30d"), Ok(Duration::from_secs(30 * 24 * 3600)));
        for text in ["0s", "999ms", "11y", "soon", "5"] {
            assert!(life(text).is_err(), "{text}");
        }
    }
}
