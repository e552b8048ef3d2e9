//! The bytes of signatures, with the randomness of NIST's vectors.
//!
//! The interface does not let its caller choose the randomness. These tests call the function of
//! AWS-LC under it, which does.

#![expect(unsafe_code, reason = "AWS-LC is C")]

use std::ffi::c_int;
use std::ptr;

use aws_lc_sys as _;
use original::{ML_DSA_87, PrivateKey, internal};
use serde::Deserialize;

unsafe extern "C" {
    #[link_name = "aws_lc_0_47_0_ml_dsa_87_sign_internal"]
    fn ml_dsa_87_sign_internal(
        private_key: *const u8,
        signature: *mut u8,
        signature_length: *mut usize,
        message: *const u8,
        message_length: usize,
        prefix: *const u8,
        prefix_length: usize,
        randomness: *const u8,
    ) -> c_int;
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Vectors {
    test_groups: Vec<Group>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Group {
    parameter_set: String,
    tests: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    #[serde(rename = "tcId")]
    id: u32,
    #[serde(with = "hex::serde")]
    sk: Vec<u8>,
    #[serde(with = "hex::serde")]
    message: Vec<u8>,
    #[serde(with = "hex::serde")]
    context: Vec<u8>,
    /// Absent if signing is deterministic.
    rnd: Option<String>,
    #[serde(with = "hex::serde")]
    signature: Vec<u8>,
}

#[test]
fn signatures_with_nists_randomness_are_nists() {
    let vectors: Vectors = serde_json::from_str(include_str!("../../tests/vectors/signing.json"))
        .expect("the vectors are JSON");
    let groups = vectors.test_groups.iter();
    let mut checked = [0, 0];
    for case in groups
        .filter(|group| group.parameter_set == ML_DSA_87.name)
        .flat_map(|g| &g.tests)
    {
        let mut randomness = [0; 32];
        if let Some(rnd) = &case.rnd {
            hex::decode_to_slice(rnd, &mut randomness).expect("32 bytes in hexadecimal");
        }
        let signature = sign(&case.sk, &case.message, &case.context, &randomness);
        assert_eq!(signature, case.signature, "{}", case.id);
        let sk = PrivateKey::Expanded(&case.sk);
        let signature =
            internal::sign_message(ML_DSA_87, sk, &case.message, &case.context, &randomness);
        assert_eq!(signature.as_ref(), Ok(&case.signature), "{}", case.id);
        checked[usize::from(case.rnd.is_some())] += 1;
    }
    assert_eq!(checked, [15, 15], "deterministic and hedged");
}

#[test]
fn signatures_with_one_randomness_are_the_originals() {
    for number in 0..100_u8 {
        let (_, sk) = internal::key_gen(ML_DSA_87, &[number; 32]);
        let message = vec![number; 7 * usize::from(number)];
        let context = vec![number; usize::from(number)];
        let randomness = [!number; 32];
        let ours = sign(&sk, &message, &context, &randomness);
        let sk = PrivateKey::Expanded(&sk);
        let theirs = internal::sign_message(ML_DSA_87, sk, &message, &context, &randomness);
        assert_eq!(Ok(ours), theirs, "{number}");
    }
}

fn sign(private_key: &[u8], message: &[u8], context: &[u8], randomness: &[u8; 32]) -> Vec<u8> {
    assert_eq!(private_key.len(), ML_DSA_87.private_key_len());
    let length = u8::try_from(context.len()).expect("at most 255 bytes");
    let prefix = [&[0, length], context].concat();
    let mut signature = vec![0; ML_DSA_87.signature_len()];
    let mut written = signature.len();
    // SAFETY: the pointers and lengths are those of slices; those of fixed length are checked.
    let signed = unsafe {
        ml_dsa_87_sign_internal(
            private_key.as_ptr(),
            signature.as_mut_ptr(),
            ptr::from_mut(&mut written),
            message.as_ptr(),
            message.len(),
            prefix.as_ptr(),
            prefix.len(),
            randomness.as_ptr(),
        )
    };
    assert_eq!((signed, written), (1, signature.len()));
    signature
}
