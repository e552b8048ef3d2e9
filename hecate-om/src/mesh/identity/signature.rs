//! Signatures over an application's own bytes.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use macula_rust::node_key::{NodeKey, carried_key_well_formed, node_id_of, signature_size, verify};
use macula_rust::profile::Profile;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::node_id::NodeId;

/// First bytes of each signed message. The labels of macula's signed objects, the header of a UCAN
/// and the CBOR of an ownership proof start with other bytes, so no signature passes for one of
/// those.
const DOMAIN: &[u8] = b"hecate-om signature v1\0";

/// Maximum number of bytes of a context.
const MAX_CONTEXT_BYTES: usize = 255;

/// Signature by a node over a context and bytes, with the node's public key.
///
/// In a payload, a file or JSON, the signature is a text of base64url. It has 7,219 bytes in the
/// profile `pq_pure` and about 8,257 in `pq_hybrid`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Signature {
    profile: Profile,
    /// The public key, then the signature.
    bytes: Vec<u8>,
}

/// Error of [`Mesh::sign`](crate::Mesh::sign).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignError {
    /// The context is empty or too long.
    #[error("the context has {0} bytes; name the purpose of the signature in 1 to 255 bytes")]
    Context(usize),
    /// The key could not sign.
    #[error("the node's key could not sign: {0}")]
    Key(String),
}

/// Error of bytes or a text that are not a [`Signature`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "not a signature of a node: {0}; expected the base64url of a node's public key and signature"
)]
pub struct SignatureError(&'static str);

/// Error of [`NodeId::verify`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// Another node signed.
    #[error("signed by node {0}")]
    OtherSigner(NodeId),
    /// The bytes or the context are not the signed ones, or the signature is damaged.
    #[error("the signature does not match the bytes and the context")]
    Mismatch,
}

impl Signature {
    /// Reads a signature from the bytes that [`as_bytes`](Self::as_bytes) returned.
    ///
    /// # Errors
    ///
    /// If the bytes are not a public key with a signature. The signature is not verified.
    pub fn from_bytes(bytes: impl Into<Vec<u8>>) -> Result<Self, SignatureError> {
        let bytes = bytes.into();
        let has_form = |profile: &Profile| {
            let key = bytes.len().checked_sub(signature_size(*profile));
            key.is_some_and(|key| carried_key_well_formed(&bytes[..key], *profile))
        };
        let profile = [Profile::PqPure, Profile::PqHybrid]
            .into_iter()
            .find(has_form);
        let profile = profile.ok_or(SignatureError("the bytes are of no profile"))?;
        Ok(Self { profile, bytes })
    }

    /// Returns the bytes: the public key, then the signature.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Returns the node whose key is in the signature. Whether it signed anything is not verified;
    /// see [`NodeId::verify`].
    #[must_use]
    pub fn signer(&self) -> NodeId {
        NodeId::from_bytes(node_id_of(self.parts().0, self.profile))
    }

    /// Returns the public key and the signature.
    fn parts(&self) -> (&[u8], &[u8]) {
        let key = self.bytes.len() - signature_size(self.profile);
        self.bytes.split_at(key)
    }

    pub(in crate::mesh) fn new(
        key: &NodeKey,
        context: &str,
        bytes: &[u8],
    ) -> Result<Self, SignError> {
        if !has_length(context) {
            return Err(SignError::Context(context.len()));
        }
        let signature = key.sign(&message(context, bytes));
        let signature = signature.map_err(|error| SignError::Key(error.to_string()))?;
        Ok(Self {
            profile: key.profile(),
            bytes: [key.public_key(), signature].concat(),
        })
    }
}

impl NodeId {
    /// Verifies that this node signed `bytes` in `context`; see [`Mesh::sign`](crate::Mesh::sign).
    ///
    /// # Errors
    ///
    /// If another node signed, or other bytes or another context were signed.
    pub fn verify(
        &self,
        context: &str,
        bytes: &[u8],
        signature: &Signature,
    ) -> Result<(), VerifyError> {
        let signer = signature.signer();
        if signer != *self {
            return Err(VerifyError::OtherSigner(signer));
        }
        let (key, signed) = signature.parts();
        let is_valid =
            has_length(context) && verify(&message(context, bytes), signed, key, signature.profile);
        if is_valid {
            Ok(())
        } else {
            Err(VerifyError::Mismatch)
        }
    }
}

const fn has_length(context: &str) -> bool {
    !context.is_empty() && context.len() <= MAX_CONTEXT_BYTES
}

/// Returns the signed message: the domain, the length of the context in one byte, the context, and
/// the bytes.
fn message(context: &str, bytes: &[u8]) -> Vec<u8> {
    let mut message = Vec::with_capacity(DOMAIN.len() + 1 + context.len() + bytes.len());
    message.extend_from_slice(DOMAIN);
    message.push(context.len() as u8);
    message.extend_from_slice(context.as_bytes());
    message.extend_from_slice(bytes);
    message
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(&self.bytes))
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signature(by {})", self.signer())
    }
}

impl FromStr for Signature {
    type Err = SignatureError;

    fn from_str(text: &str) -> Result<Self, SignatureError> {
        let bytes = URL_SAFE_NO_PAD.decode(text);
        Self::from_bytes(bytes.map_err(|_| SignatureError("the text is not base64url"))?)
    }
}

impl Serialize for Signature {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Signature {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Signature {
    fn schema_name() -> Cow<'static, str> {
        "Signature".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "pattern": "^[A-Za-z0-9_-]+$"})
    }
}

#[cfg(test)]
mod tests {
    use macula_rust::node_key::Purpose;

    use super::*;

    const CONTEXT: &str = "test v1";

    fn key(profile: Profile) -> NodeKey {
        NodeKey::generate(Purpose::Identity, profile).unwrap()
    }

    #[test]
    fn a_signature_is_valid_for_its_signer_context_and_bytes_only() {
        for profile in [Profile::PqPure, Profile::PqHybrid] {
            let signature = Signature::new(&key(profile), CONTEXT, b"bytes").unwrap();
            let signer = signature.signer();
            assert_eq!(signer.verify(CONTEXT, b"bytes", &signature), Ok(()));
            for (context, bytes) in [
                (CONTEXT, &b"other"[..]),
                ("test v2", b"bytes"),
                // The border between context and bytes is signed, too.
                ("test v", b"1bytes"),
                ("test v1b", b"ytes"),
                ("", b"bytes"),
            ] {
                let verified = signer.verify(context, bytes, &signature);
                assert_eq!(verified, Err(VerifyError::Mismatch), "{context}");
            }
            let other = NodeId::from_bytes([7; 32]);
            assert_eq!(
                other.verify(CONTEXT, b"bytes", &signature),
                Err(VerifyError::OtherSigner(signer))
            );
        }
    }

    #[test]
    fn a_damaged_signature_is_refused() {
        let signature = Signature::new(&key(Profile::PqPure), CONTEXT, b"bytes").unwrap();
        let signer = signature.signer();
        for at in [0, 2_591, 2_592, 7_218] {
            let mut bytes = signature.as_bytes().to_vec();
            bytes[at] ^= 1;
            let damaged = Signature::from_bytes(bytes).unwrap();
            assert!(signer.verify(CONTEXT, b"bytes", &damaged).is_err(), "{at}");
        }
    }

    #[test]
    fn a_signature_is_written_and_read_as_text_and_bytes() {
        for profile in [Profile::PqPure, Profile::PqHybrid] {
            let signature = Signature::new(&key(profile), CONTEXT, b"bytes").unwrap();
            assert_eq!(signature.to_string().parse(), Ok(signature.clone()));
            let json = serde_json::to_string(&signature).unwrap();
            assert_eq!(serde_json::from_str::<Signature>(&json).unwrap(), signature);
            let bytes = signature.as_bytes().to_vec();
            assert_eq!(Signature::from_bytes(bytes.clone()), Ok(signature));
            for wrong in [
                &bytes[1..],
                &bytes[..100],
                b"",
                &[bytes.clone(), vec![0]].concat(),
            ] {
                assert!(Signature::from_bytes(wrong).is_err(), "{}", wrong.len());
            }
        }
        assert!("not base64".parse::<Signature>().is_err());
    }

    #[test]
    fn a_context_has_1_to_255_bytes() {
        let key = key(Profile::PqPure);
        for (length, is_valid) in [(0, false), (1, true), (255, true), (256, false)] {
            let signed = Signature::new(&key, &"c".repeat(length), b"");
            assert_eq!(signed.is_ok(), is_valid, "{length}");
        }
    }

    #[test]
    fn a_signature_over_the_same_bytes_without_a_domain_does_not_pass_for_one() {
        let key = key(Profile::PqPure);
        let plain = key.sign(b"bytes").unwrap();
        let forged = Signature::from_bytes([key.public_key(), plain].concat()).unwrap();
        let verified = forged.signer().verify(CONTEXT, b"bytes", &forged);
        assert_eq!(verified, Err(VerifyError::Mismatch));
    }
}
