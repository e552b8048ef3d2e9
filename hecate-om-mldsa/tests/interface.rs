//! The interface, as dependents use it.

use std::thread;

use macula_mldsa::{
    Error, ML_DSA_44, ML_DSA_65, ML_DSA_87, ParameterSet, PrivateKey, Zeroizing, key_gen,
    key_gen_seed, public_key, sign, verify,
};

const SETS: [ParameterSet; 3] = [ML_DSA_44, ML_DSA_65, ML_DSA_87];

#[test]
fn sizes_are_those_of_fips_204() {
    // Private key, public key and signature, of table 2; beta, of table 1.
    let expected = [
        (ML_DSA_44, 2560, 1312, 2420, 78),
        (ML_DSA_65, 4032, 1952, 3309, 196),
        (ML_DSA_87, 4896, 2592, 4627, 120),
    ];
    for (p, private, public, signature, beta) in expected {
        assert_eq!(p.private_key_len(), private, "{}", p.name);
        assert_eq!(p.public_key_len(), public, "{}", p.name);
        assert_eq!(p.signature_len(), signature, "{}", p.name);
        assert_eq!(p.beta(), beta, "{}", p.name);
    }
}

#[test]
fn a_generated_key_signs_in_both_forms() {
    for p in SETS {
        let (pk, sk): (Vec<u8>, Zeroizing<Vec<u8>>) = key_gen(p).expect("randomness");
        let (seed_pk, seed): (Vec<u8>, Zeroizing<[u8; 32]>) = key_gen_seed(p).expect("randomness");
        let keys = [
            (pk, PrivateKey::Expanded(&sk)),
            (seed_pk, PrivateKey::Seed(&seed)),
        ];
        for (pk, sk) in keys {
            assert_eq!(public_key(p, sk).as_ref(), Ok(&pk), "{}", p.name);
            let signature = sign(p, sk, b"message", b"context").expect("the key signs");
            assert_eq!(signature.len(), p.signature_len());
            assert_eq!(verify(p, &pk, b"message", &signature, b"context"), Ok(true));
            assert_eq!(
                verify(p, &pk, b"Message", &signature, b"context"),
                Ok(false)
            );
            assert_eq!(
                verify(p, &pk, b"message", &signature, b"Context"),
                Ok(false)
            );
            assert_eq!(verify(p, &pk, b"message", &signature, b""), Ok(false));
        }
    }
}

#[test]
fn two_keys_and_two_signatures_of_one_message_differ() {
    for p in SETS {
        let (_, seed) = key_gen_seed(p).expect("randomness");
        let (_, other) = key_gen_seed(p).expect("randomness");
        assert_ne!(*seed, *other, "{}", p.name);
        let sk = PrivateKey::Seed(&seed);
        assert_ne!(
            sign(p, sk, b"same", b""),
            sign(p, sk, b"same", b""),
            "{}",
            p.name
        );
    }
}

#[test]
fn a_context_of_more_than_255_bytes_is_refused_first() {
    for p in SETS {
        let too_long = [0; 256];
        let wrong_key = PrivateKey::Expanded(&[]);
        assert_eq!(
            sign(p, wrong_key, b"", &too_long),
            Err(Error::ContextTooLong)
        );
        assert_eq!(sign(p, wrong_key, b"", &[0; 255]), Err(Error::WrongLength));
        assert_eq!(
            verify(p, &[], b"", &[], &too_long),
            Err(Error::ContextTooLong)
        );
        assert_eq!(verify(p, &[], b"", &[], &[0; 255]), Ok(false));
    }
}

#[test]
fn the_longest_context_and_empty_messages_are_signed() {
    for p in SETS {
        let (pk, seed) = key_gen_seed(p).expect("randomness");
        let context = [0xA5; 255];
        let signature = sign(p, PrivateKey::Seed(&seed), b"", &context).expect("the key signs");
        assert_eq!(
            verify(p, &pk, b"", &signature, &context),
            Ok(true),
            "{}",
            p.name
        );
        assert_eq!(
            verify(p, &pk, b"", &signature, &context[..254]),
            Ok(false),
            "{}",
            p.name
        );
    }
}

#[test]
fn an_expanded_key_of_the_wrong_length_is_refused() {
    for p in SETS {
        let lengths = [0, 1, 32, p.private_key_len() - 1, p.private_key_len() + 1];
        for length in lengths {
            let bytes = vec![0; length];
            let sk = PrivateKey::Expanded(&bytes);
            assert_eq!(
                sign(p, sk, b"", b""),
                Err(Error::WrongLength),
                "{} {length}",
                p.name
            );
            assert_eq!(
                public_key(p, sk),
                Err(Error::WrongLength),
                "{} {length}",
                p.name
            );
        }
    }
}

#[test]
fn an_expanded_key_whose_parts_disagree_is_refused() {
    for p in SETS {
        let (pk, sk) = key_gen(p).expect("randomness");
        let damaged = |at: usize| {
            let mut sk = sk.to_vec();
            sk[at] ^= 1;
            sk
        };
        // `rho`, `tr`, `s1`, and the last byte of `t0`.
        for at in [0, 64, 128, sk.len() - 1] {
            let sk = damaged(at);
            let sk = PrivateKey::Expanded(&sk);
            assert_eq!(
                public_key(p, sk),
                Err(Error::InconsistentPrivateKey),
                "{at}"
            );
            assert_eq!(
                sign(p, sk, b"", b""),
                Err(Error::InconsistentPrivateKey),
                "{at}"
            );
        }
        // `K` determines signatures, not the public key.
        let other = damaged(40);
        let other = PrivateKey::Expanded(&other);
        assert_eq!(public_key(p, other).as_ref(), Ok(&pk));
        let signature = sign(p, other, b"message", b"").expect("the key signs");
        assert_eq!(verify(p, &pk, b"message", &signature, b""), Ok(true));
    }
}

#[test]
fn threads_share_keys_while_others_replace_them() {
    let p = ML_DSA_44;
    let (pk, seed) = key_gen_seed(p).expect("randomness");
    thread::scope(|scope| {
        for thread in 0..4_u8 {
            let (pk, seed) = (&pk, &seed);
            scope.spawn(move || {
                for round in 0..40 {
                    let signature = sign(p, PrivateKey::Seed(seed), &[round], b"");
                    let signature = signature.expect("the key signs");
                    assert_eq!(verify(p, pk, &[round], &signature, b""), Ok(true));
                    let passing = [thread * 40 + round; 32];
                    sign(p, PrivateKey::Seed(&passing), b"", b"").expect("the key signs");
                }
            });
        }
    });
}

#[test]
fn a_private_key_is_not_printed() {
    let seed = [0x5A; 32];
    assert_eq!(format!("{:?}", PrivateKey::Seed(&seed)), "Seed(…)");
    assert_eq!(format!("{:?}", PrivateKey::Expanded(&seed)), "Expanded(…)");
}

#[test]
#[should_panic(expected = "`toy` is not a parameter set of FIPS 204")]
fn another_parameter_set_panics() {
    let toy = ParameterSet {
        name: "toy",
        k: 1,
        ..ML_DSA_44
    };
    let _ = public_key(toy, PrivateKey::Seed(&[0; 32]));
}
