//! Both implementations accept each other's signatures, and refuse the same damage.

use std::path::Path;
use std::{fs, panic};

use hecate_om_mldsa_comparison::{SETS, name, signatures};
use original::ML_DSA_87 as ORIGINAL;
use patched::ML_DSA_87 as PATCHED;

#[test]
fn each_verifies_ten_thousand_messages_that_the_other_signs() {
    // A new key for each hundred messages.
    let mut keys = original::key_gen_seed(ORIGINAL).expect("randomness");
    for number in 0..10_000 {
        if number % 100 == 99 {
            keys = if number % 200 == 99 {
                patched::key_gen_seed(PATCHED).expect("randomness")
            } else {
                original::key_gen_seed(ORIGINAL).expect("randomness")
            };
        }
        let (pk, seed) = &keys;
        let message = number.to_string().repeat(1 + number % 50);
        let message = message.as_bytes();
        let context = &message[..message.len().min(number % 256)];

        let seed_key = original::PrivateKey::Seed(seed);
        let signature = original::sign(ORIGINAL, seed_key, message, context).expect("it signs");
        let verified = patched::verify(PATCHED, pk, message, &signature, context);
        assert_eq!(verified, Ok(true), "message {number}");

        let seed_key = patched::PrivateKey::Seed(seed);
        let signature = patched::sign(PATCHED, seed_key, message, context).expect("it signs");
        let verified = original::verify(ORIGINAL, pk, message, &signature, context);
        assert_eq!(verified, Ok(true), "message {number}");
    }
}

#[test]
fn every_flipped_bit_is_refused_alike() {
    let (pk, seed) = patched::key_gen_seed(PATCHED).expect("randomness");
    let message = b"the message of a damaged signature".to_vec();
    let context = b"context".to_vec();
    let seed = patched::PrivateKey::Seed(&seed);
    let signature = patched::sign(PATCHED, seed, &message, &context).expect("it signs");
    let mut parts = [pk, message, signature, context];
    for part in 0..parts.len() {
        for bit in 0..8 * parts[part].len() {
            parts[part][bit / 8] ^= 1 << (bit % 8);
            let [pk, message, signature, context] = &parts;
            let verified = patched::verify(PATCHED, pk, message, signature, context);
            assert_eq!(verified, Ok(false), "part {part}, bit {bit}");
            let verified = original::verify(ORIGINAL, pk, message, signature, context);
            assert_eq!(verified, Ok(false), "part {part}, bit {bit}");
            parts[part][bit / 8] ^= 1 << (bit % 8);
        }
    }
}

#[test]
fn wrong_lengths_have_the_same_errors() {
    for (p, original_p) in SETS {
        let lengths = [p.private_key_len(), p.public_key_len(), p.signature_len()];
        let lengths = lengths.map(|length| [length - 1, length, length + 1]);
        for length in lengths.into_iter().flatten().chain([0, 1, 31, 32, 33]) {
            let bytes = vec![0; length];
            let sk = patched::PrivateKey::Expanded(&bytes);
            let original_sk = original::PrivateKey::Expanded(&bytes);
            assert_eq!(
                patched::public_key(p, sk).map_err(name),
                original::public_key(original_p, original_sk).map_err(name),
            );
            for context in [0, 255, 256].map(|length| vec![0; length]) {
                // What both sign is random, and zeros sign only in the original.
                if length != p.private_key_len() || context.len() > 255 {
                    assert_eq!(
                        patched::sign(p, sk, b"", &context).map_err(name),
                        original::sign(original_p, original_sk, b"", &context).map_err(name),
                    );
                }
                assert_eq!(
                    patched::verify(p, &bytes, b"", &bytes, &context).map_err(name),
                    original::verify(original_p, &bytes, b"", &bytes, &context).map_err(name),
                );
            }
        }
    }
}

#[test]
fn the_seeds_of_the_fuzz_target_are_answered_alike() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds/signatures");
    let seeds: Vec<_> = fs::read_dir(&folder)
        .expect("the target has seeds")
        .map(|entry| entry.expect("the folder is read").path())
        .collect();
    assert!(!seeds.is_empty(), "{} is empty", folder.display());
    for seed in seeds {
        let input = fs::read(&seed).expect("a seed is read");
        if panic::catch_unwind(|| signatures(&input)).is_err() {
            panic!("the property does not hold for {}", seed.display());
        }
    }
}
