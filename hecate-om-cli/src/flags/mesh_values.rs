//! Values of the mesh flags: stations, realms and profiles.

use std::path::Path;

use clap::builder::{PossibleValuesParser, StringValueParser, TypedValueParser};
use hecate_om::identity::{NodeId, NodeIdError};
use sha2::{Digest, Sha256};

use crate::file;

const PROFILES: [&str; 2] = ["pq_pure", "pq_hybrid"];

/// Parser that accepts any text but lists the profiles for completions. Unknown profiles are
/// reported later, together with all other errors.
#[derive(Debug, Clone)]
pub(super) struct ProfileParser;

impl TypedValueParser for ProfileParser {
    type Value = String;

    fn parse_ref(
        &self,
        command: &clap::Command,
        arg: Option<&clap::Arg>,
        value: &std::ffi::OsStr,
    ) -> Result<String, clap::Error> {
        StringValueParser::new().parse_ref(command, arg, value)
    }

    fn possible_values(
        &self,
    ) -> Option<Box<dyn Iterator<Item = clap::builder::PossibleValue> + '_>> {
        let values: Vec<_> = PossibleValuesParser::new(PROFILES)
            .possible_values()?
            .collect();
        Some(Box::new(values.into_iter()))
    }
}

/// Parses a station's address and node id.
pub(super) fn seed(text: &str) -> Result<(String, String), String> {
    let invalid = |problem: &str| {
        format!(
            "--seed `{text}`: {problem}; write `<host>[:<port>]@<64 hex digits of its node id>`"
        )
    };
    let (host, id) = text
        .rsplit_once('@')
        .ok_or_else(|| invalid("`@` and the node id are missing"))?;
    if host.is_empty() || host.contains([',', '@']) || host.contains(char::is_whitespace) {
        return Err(invalid("the host is not valid"));
    }
    // An IPv6 address is in brackets, so the port follows the last colon outside them.
    let port = host
        .rsplit_once(':')
        .filter(|(_, port)| !port.contains(']'));
    match port {
        Some((name, _)) if name.contains(':') && !name.starts_with('[') => {
            return Err(invalid("an IPv6 address needs brackets"));
        }
        Some((_, port)) if port.parse::<u16>().is_ok_and(|port| port > 0) => {}
        Some((_, port)) => return Err(invalid(&format!("`{port}` is not a port"))),
        None => {}
    }
    let id: NodeId = id
        .parse()
        .map_err(|error: NodeIdError| invalid(&error.to_string()))?;
    Ok((host.to_owned(), id.to_string()))
}

/// Returns the id of a realm, and the realm's name if `text` is a name.
pub(super) fn realm_of(text: &str) -> Result<(String, Option<String>), String> {
    let digits = text.bytes().all(|b| b.is_ascii_hexdigit());
    match text.len() {
        0 => Err("--realm: it is empty; write the realm's name or id".into()),
        64 if digits => Ok((text.to_ascii_lowercase(), None)),
        length if digits && length >= 32 => Err(format!(
            "--realm `{text}`: an id has 64 hex digits, but this one has {length}"
        )),
        _ => Ok((
            hex::encode(Sha256::digest(text.as_bytes())),
            Some(text.into()),
        )),
    }
}

/// Parses the public key of a realm, or reads it from `@FILE`.
pub(super) fn realm_key(text: &str) -> Result<String, String> {
    let (key, from) = match text.strip_prefix('@') {
        Some(path) => {
            let key = file::read(Path::new(path))
                .map_err(|error| format!("--realm-key: `{path}` cannot be read: {error}"))?;
            (key.trim().to_owned(), format!("in `{path}`"))
        }
        None => (text.to_owned(), "given".to_owned()),
    };
    match hex::decode(&key) {
        Ok(bytes) if !bytes.is_empty() => Ok(key),
        // Leave out the value, which may be a secret passed by mistake.
        _ => Err(format!(
            "--realm-key: the key {from} is not hexadecimal; copy the public key that the realm publishes, or write \
             `@FILE`"
        )),
    }
}

/// Refuses an unknown profile.
pub(super) fn checked_profile(text: &str) -> Result<String, String> {
    if PROFILES.contains(&text) {
        Ok(text.to_owned())
    } else {
        Err(format!(
            "--profile `{text}`: unknown profile; use one of `{}`",
            PROFILES.join("`, `")
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

    #[test]
    fn a_seed_is_a_host_with_or_without_a_port_and_a_node_id() {
        for host in ["station.example", "10.0.0.1:4433", "[::1]", "[::1]:4433"] {
            let read = seed(&format!("{host}@{ID}"));
            assert_eq!(read, Ok((host.to_owned(), ID.to_owned())));
        }
        for (text, problem) in [
            ("station.example".to_owned(), "`@` and the node id"),
            (format!("@{ID}"), "host is not valid"),
            (format!("a,b@{ID}"), "host is not valid"),
            (format!("a:0@{ID}"), "`0` is not a port"),
            (format!("a:70000@{ID}"), "`70000` is not a port"),
            (format!("::1@{ID}"), "brackets"),
            ("a@0011".to_owned(), "--seed `a@0011`"),
        ] {
            let error = seed(&text).unwrap_err();
            assert!(error.contains(problem), "{text}: {error}");
        }
    }

    #[test]
    fn a_realm_is_named_by_its_name_or_by_its_id() {
        let (id, name) = realm_of("io.macula").unwrap();
        assert_eq!(name.as_deref(), Some("io.macula"));
        assert_eq!(realm_of(&id), Ok((id.clone(), None)));
        assert_eq!(realm_of(&id.to_uppercase()), Ok((id.clone(), None)));
        assert!(realm_of(&id[..62]).unwrap_err().contains("has 62"));
        assert!(realm_of("").is_err());
    }

    #[test]
    fn a_realm_key_is_hex_or_in_a_file_and_is_never_printed() {
        assert_eq!(realm_key("00ff"), Ok("00ff".into()));
        let error = realm_key("my secret").unwrap_err();
        assert!(!error.contains("secret"), "{error}");
        assert!(realm_key("@/nowhere").unwrap_err().contains("`/nowhere`"));
    }
}
