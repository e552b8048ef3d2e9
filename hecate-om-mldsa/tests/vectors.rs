//! NIST's ACVP vectors and the vectors of the mesh's wire.

use macula_mldsa::{
    ML_DSA_44, ML_DSA_65, ML_DSA_87, ParameterSet, PrivateKey, public_key, sign, verify,
};
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// A file of NIST's ACVP server, as `vectors/README.md` describes it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Vectors<T> {
    test_groups: Vec<Group<T>>,
}

/// Cases of one parameter set.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Group<T> {
    parameter_set: String,
    tests: Vec<T>,
}

#[derive(Deserialize)]
struct KeyGeneration {
    #[serde(rename = "tcId")]
    id: u32,
    #[serde(with = "hex::serde")]
    seed: Vec<u8>,
    #[serde(with = "hex::serde")]
    pk: Vec<u8>,
    #[serde(with = "hex::serde")]
    sk: Vec<u8>,
}

#[derive(Deserialize)]
struct Signing {
    #[serde(rename = "tcId")]
    id: u32,
    #[serde(with = "hex::serde")]
    sk: Vec<u8>,
    #[serde(with = "hex::serde")]
    message: Vec<u8>,
    #[serde(with = "hex::serde")]
    context: Vec<u8>,
    #[serde(with = "hex::serde")]
    signature: Vec<u8>,
}

#[derive(Deserialize)]
struct Verification {
    #[serde(rename = "tcId")]
    id: u32,
    #[serde(with = "hex::serde")]
    pk: Vec<u8>,
    #[serde(with = "hex::serde")]
    message: Vec<u8>,
    #[serde(with = "hex::serde")]
    context: Vec<u8>,
    #[serde(with = "hex::serde")]
    signature: Vec<u8>,
    #[serde(rename = "testPassed")]
    valid: bool,
}

#[derive(Deserialize)]
struct Wire {
    id: String,
    #[serde(with = "hex::serde")]
    pk: Vec<u8>,
    #[serde(with = "hex::serde")]
    message: Vec<u8>,
    #[serde(with = "hex::serde")]
    context: Vec<u8>,
    #[serde(with = "hex::serde")]
    signature: Vec<u8>,
}

#[test]
fn keys_are_generated_as_nist_does() {
    let vectors = Vectors::<KeyGeneration>::read(include_str!("vectors/key_generation.json"));
    let mut checked = 0;
    for (p, KeyGeneration { id, seed, pk, sk }) in vectors.cases() {
        let seed = seed.as_slice().try_into().expect("a seed has 32 bytes");
        assert_eq!(
            public_key(p, PrivateKey::Seed(seed)).as_ref(),
            Ok(pk),
            "{id}"
        );
        assert_eq!(
            public_key(p, PrivateKey::Expanded(sk)).as_ref(),
            Ok(pk),
            "{id}"
        );
        checked += 1;
    }
    assert_eq!(checked, 35);
}

/// The interface chooses the randomness, so the bytes of a signature cannot be asked for:
/// `comparison/` does that below the interface.
#[test]
fn nists_signatures_verify_and_its_keys_sign() {
    let vectors = Vectors::<Signing>::read(include_str!("vectors/signing.json"));
    let mut checked = 0;
    for (p, case) in vectors.cases() {
        let Signing {
            id,
            sk,
            message,
            context,
            signature,
        } = case;
        let sk = PrivateKey::Expanded(sk);
        let pk = public_key(p, sk).expect("the key is consistent");
        assert_eq!(
            verify(p, &pk, message, signature, context),
            Ok(true),
            "{id}"
        );
        let signed = sign(p, sk, message, context).expect("the key signs");
        assert_eq!(verify(p, &pk, message, &signed, context), Ok(true), "{id}");
        checked += 1;
    }
    assert_eq!(checked, 50);
}

#[test]
fn signatures_are_verified_as_nist_does() {
    let vectors = Vectors::<Verification>::read(include_str!("vectors/verification.json"));
    let mut checked = 0;
    for (p, case) in vectors.cases() {
        let Verification {
            id,
            pk,
            message,
            context,
            signature,
            valid,
        } = case;
        assert_eq!(
            verify(p, pk, message, signature, context),
            Ok(*valid),
            "{id}"
        );
        checked += 1;
    }
    assert_eq!(checked, 45);
}

#[test]
fn signatures_of_the_wire_verify() {
    let cases: Vec<Wire> =
        serde_json::from_str(include_str!("vectors/wire.json")).expect("the vectors are JSON");
    assert_eq!(cases.len(), 11);
    for Wire {
        id,
        pk,
        message,
        context,
        signature,
    } in &cases
    {
        let valid = verify(ML_DSA_87, pk, message, signature, context);
        assert_eq!(valid, Ok(true), "{id}");
        let other = verify(ML_DSA_87, pk, message, signature, b"another context");
        assert_eq!(other, Ok(false), "{id}");
    }
}

impl<T: DeserializeOwned> Vectors<T> {
    fn read(json: &str) -> Self {
        serde_json::from_str(json).expect("the vectors are JSON")
    }

    /// Returns the cases of all groups, with their parameter sets.
    fn cases(&self) -> impl Iterator<Item = (ParameterSet, &T)> {
        self.test_groups.iter().flat_map(|group| {
            let p = group.parameters();
            group.tests.iter().map(move |case| (p, case))
        })
    }
}

impl<T> Group<T> {
    fn parameters(&self) -> ParameterSet {
        let mut sets = [ML_DSA_44, ML_DSA_65, ML_DSA_87].into_iter();
        sets.find(|p| p.name == self.parameter_set)
            .expect("FIPS 204 has the set")
    }
}
