#![doc = include_str!("../README.md")]

mod cache;
#[expect(
    unsafe_code,
    reason = "AWS-LC is C; aws-lc-rs, its safe interface, has no context strings"
)]
mod evp;
mod parameter_set;

use std::fmt;
use std::sync::Arc;

pub use parameter_set::{D, ML_DSA_44, ML_DSA_65, ML_DSA_87, ParameterSet, Q};
/// Wrapper of every secret output; erases the content when dropped.
pub use zeroize::Zeroizing;

use evp::Key;

/// Reason for which an operation is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// No random bytes were available.
    RandomnessUnavailable,
    /// A context string was longer than 255 bytes.
    ContextTooLong,
    /// An expanded private key did not have the length of its parameter set.
    WrongLength,
    /// The parts of an expanded private key contradict each other: its `t0`, or its hash of the
    /// public key `tr`, does not follow from its `rho`, `s1` and `s2`.
    InconsistentPrivateKey,
}

/// Private key, in one of the two forms of FIPS 204.
#[derive(Clone, Copy)]
pub enum PrivateKey<'a> {
    /// Encoded private key, as [`key_gen`] returns it:
    /// [`private_key_len`](ParameterSet::private_key_len) bytes.
    Expanded(&'a [u8]),
    /// Seed `xi` from which the key was generated. Its expansion is [kept](crate#kept-keys).
    Seed(&'a [u8; 32]),
}

impl PrivateKey<'_> {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Expanded(bytes) => bytes,
            Self::Seed(seed) => *seed,
        }
    }
}

impl fmt::Debug for PrivateKey<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Expanded(_) => "Expanded(…)",
            Self::Seed(_) => "Seed(…)",
        })
    }
}

/// Generates a key pair from a seed drawn from the operating system (FIPS 204, algorithm 1).
/// Returns the public key and the expanded private key.
///
/// # Errors
///
/// [`Error::RandomnessUnavailable`].
pub fn key_gen(p: ParameterSet) -> Result<(Vec<u8>, Zeroizing<Vec<u8>>), Error> {
    let seed = random_seed()?;
    let key = load(p, PrivateKey::Seed(&seed))?;
    Ok((
        key.public_bytes(p.public_key_len()),
        key.private_bytes(p.private_key_len()),
    ))
}

/// Generates a key pair whose private key is kept as its seed. Returns the public key and the seed,
/// to be used as [`PrivateKey::Seed`].
///
/// # Errors
///
/// [`Error::RandomnessUnavailable`].
pub fn key_gen_seed(p: ParameterSet) -> Result<(Vec<u8>, Zeroizing<[u8; 32]>), Error> {
    let seed = random_seed()?;
    let public_key = public_key(p, PrivateKey::Seed(&seed))?;
    Ok((public_key, seed))
}

/// Returns the public key of a private key. An expanded key is checked: its parts must agree.
///
/// # Errors
///
/// [`Error::WrongLength`] and [`Error::InconsistentPrivateKey`], both for expanded keys only.
pub fn public_key(p: ParameterSet, sk: PrivateKey<'_>) -> Result<Vec<u8>, Error> {
    Ok(load(p, sk)?.public_bytes(p.public_key_len()))
}

/// Signs `message` under a context string of at most 255 bytes (FIPS 204, algorithm 2). Signatures
/// are hedged: each one uses fresh randomness, so that two signatures of one message differ.
///
/// # Errors
///
/// [`Error::ContextTooLong`], checked first. For an expanded key, [`Error::WrongLength`], and
/// [`Error::InconsistentPrivateKey`] where the original would return a signature that nobody
/// accepts. [`Error::RandomnessUnavailable`].
pub fn sign(
    p: ParameterSet,
    sk: PrivateKey<'_>,
    message: &[u8],
    context: &[u8],
) -> Result<Vec<u8>, Error> {
    check_context(context)?;
    let name = cache::Name::new(p, sk.bytes());
    let key = if let Some(key) = cache::PRIVATE_KEYS.get(&name) {
        key
    } else {
        let key = Arc::new(load(p, sk)?);
        cache::PRIVATE_KEYS.insert(name, Arc::clone(&key));
        key
    };
    key.sign(message, context, p.signature_len())
        .ok_or(Error::RandomnessUnavailable)
}

/// Returns whether `signature` is valid for `message` under the public key and the context string
/// (FIPS 204, algorithm 3). A public key or signature of the wrong length is `Ok(false)`.
///
/// # Errors
///
/// [`Error::ContextTooLong`], for a context of more than 255 bytes.
pub fn verify(
    p: ParameterSet,
    pk: &[u8],
    message: &[u8],
    signature: &[u8],
    context: &[u8],
) -> Result<bool, Error> {
    check_context(context)?;
    if pk.len() != p.public_key_len() || signature.len() != p.signature_len() {
        return Ok(false);
    }
    let key = Key::from_public(p.algorithm(), pk);
    Ok(key.is_some_and(|key| key.verify(message, signature, context)))
}

/// Loads a private key. AWS-LC expands a seed, and checks the parts of an expanded key.
fn load(p: ParameterSet, sk: PrivateKey<'_>) -> Result<Key, Error> {
    match sk {
        PrivateKey::Expanded(bytes) if bytes.len() != p.private_key_len() => {
            Err(Error::WrongLength)
        }
        _ => Key::from_private(p.algorithm(), sk.bytes()).ok_or(Error::InconsistentPrivateKey),
    }
}

fn check_context(context: &[u8]) -> Result<(), Error> {
    if context.len() > 255 {
        return Err(Error::ContextTooLong);
    }
    Ok(())
}

fn random_seed() -> Result<Zeroizing<[u8; 32]>, Error> {
    let mut seed = Zeroizing::new([0; 32]);
    getrandom::fill(&mut *seed).map_err(|_| Error::RandomnessUnavailable)?;
    Ok(seed)
}
