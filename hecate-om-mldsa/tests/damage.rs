//! Every single flipped bit of a signature, key, message and context is refused.

use macula_mldsa::{ML_DSA_87, PrivateKey, key_gen_seed, sign, verify};

#[test]
fn every_flipped_bit_of_a_signature_is_refused() {
    let signed = Signed::new();
    let refused = flipped_bits(&signed.signature, |signature| {
        verify(ML_DSA_87, &signed.key, MESSAGE, signature, CONTEXT) == Ok(false)
    });
    assert_eq!(refused, 8 * 4627);
}

#[test]
fn every_flipped_bit_of_a_public_key_is_refused() {
    let signed = Signed::new();
    let refused = flipped_bits(&signed.key, |key| {
        verify(ML_DSA_87, key, MESSAGE, &signed.signature, CONTEXT) == Ok(false)
    });
    assert_eq!(refused, 8 * 2592);
}

#[test]
fn every_flipped_bit_of_a_message_or_context_is_refused() {
    let signed = Signed::new();
    let refused = flipped_bits(MESSAGE, |message| {
        verify(ML_DSA_87, &signed.key, message, &signed.signature, CONTEXT) == Ok(false)
    });
    assert_eq!(refused, 8 * MESSAGE.len());
    let refused = flipped_bits(CONTEXT, |context| {
        verify(ML_DSA_87, &signed.key, MESSAGE, &signed.signature, context) == Ok(false)
    });
    assert_eq!(refused, 8 * CONTEXT.len());
}

#[test]
fn a_key_or_signature_of_the_wrong_length_is_refused() {
    let signed = Signed::new();
    let resized = |bytes: &[u8], length: usize| {
        let mut bytes = bytes.to_vec();
        bytes.resize(length, 0);
        bytes
    };
    for length in [0, 1, 4626, 4628, 9254] {
        let signature = resized(&signed.signature, length);
        let verified = verify(ML_DSA_87, &signed.key, MESSAGE, &signature, CONTEXT);
        assert_eq!(verified, Ok(false), "signature of {length}");
    }
    for length in [0, 1, 1312, 2591, 2593] {
        let key = resized(&signed.key, length);
        let verified = verify(ML_DSA_87, &key, MESSAGE, &signed.signature, CONTEXT);
        assert_eq!(verified, Ok(false), "key of {length}");
    }
}

const MESSAGE: &[u8] = b"the message of a damaged signature";
const CONTEXT: &[u8] = b"COMPSIG-MLDSA87-RSA4096-PSS-SHA512";

struct Signed {
    key: Vec<u8>,
    signature: Vec<u8>,
}

impl Signed {
    fn new() -> Self {
        let (key, seed) = key_gen_seed(ML_DSA_87).expect("randomness");
        let signature = sign(ML_DSA_87, PrivateKey::Seed(&seed), MESSAGE, CONTEXT);
        let signature = signature.expect("the key signs");
        assert_eq!(
            verify(ML_DSA_87, &key, MESSAGE, &signature, CONTEXT),
            Ok(true)
        );
        Self { key, signature }
    }
}

/// Flips each bit in turn, and returns for how many of them `refused` holds.
fn flipped_bits(bytes: &[u8], refused: impl Fn(&[u8]) -> bool) -> usize {
    let mut bytes = bytes.to_vec();
    let mut count = 0;
    for bit in 0..8 * bytes.len() {
        bytes[bit / 8] ^= 1 << (bit % 8);
        count += usize::from(refused(&bytes));
        bytes[bit / 8] ^= 1 << (bit % 8);
    }
    count
}
