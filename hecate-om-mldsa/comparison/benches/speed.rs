//! Speed of ML-DSA-87 compared with the original, in ratios of its rate.
//!
//! `cargo bench --features candidates` adds libcrux and the safe interface of AWS-LC, which has no
//! context strings.

use std::hint::black_box;
use std::time::Duration;

use hecate_om_benches::{Table, timed};
use original::ML_DSA_87 as ORIGINAL;
use patched::ML_DSA_87 as PATCHED;

/// Operations of a round.
const OPERATIONS: u8 = 40;
const CONTEXT: &[u8] = b"COMPSIG-MLDSA87-RSA4096-PSS-SHA512";
const SEED: [u8; 32] = [42; 32];

fn main() {
    // `cargo test --benches` only checks that the binary starts.
    if std::env::args().any(|arg| arg == "--test") {
        return;
    }
    let original_key = original::PrivateKey::Seed(&SEED);
    let key = patched::PrivateKey::Seed(&SEED);
    let pk = patched::public_key(PATCHED, key).expect("a seed has a public key");
    let expanded = original::internal::key_gen(ORIGINAL, &SEED).1;
    let signature = patched::sign(PATCHED, key, &message(0), CONTEXT).expect("it signs");

    let mut table = Table::start(false);
    let original_sign =
        || round(|n| original::sign(ORIGINAL, original_key, &message(n), CONTEXT).is_ok());
    let original_verify =
        || round(|_| original::verify(ORIGINAL, &pk, &message(0), &signature, CONTEXT) == Ok(true));
    table.row("sign, kept key").times(
        || round(|n| patched::sign(PATCHED, key, &message(n), CONTEXT).is_ok()),
        original_sign,
    );
    table.row("sign, new seed").times(
        || {
            round(|n| {
                let seed = new_seed();
                patched::sign(
                    PATCHED,
                    patched::PrivateKey::Seed(&seed),
                    &message(n),
                    CONTEXT,
                )
                .is_ok()
            })
        },
        original_sign,
    );
    table.row("sign, kept expanded key").times(
        || {
            round(|n| {
                let key = patched::PrivateKey::Expanded(&expanded);
                patched::sign(PATCHED, key, &message(n), CONTEXT).is_ok()
            })
        },
        original_sign,
    );
    table.row("verify").times(
        || round(|_| patched::verify(PATCHED, &pk, &message(0), &signature, CONTEXT) == Ok(true)),
        original_verify,
    );
    table.row("public key of a seed").times(
        || round(|_| patched::public_key(PATCHED, key).is_ok()),
        || round(|_| original::public_key(ORIGINAL, original_key).is_ok()),
    );
    #[cfg(feature = "candidates")]
    candidates::compare_all(&mut table, &pk, &signature, original_sign, original_verify);
}

/// Returns the duration of a round of operations, all of which succeed.
fn round(mut operation: impl FnMut(u8) -> bool) -> Duration {
    timed(|| (0..OPERATIONS).for_each(|number| assert!(black_box(operation(number)))))
}

fn message(number: u8) -> [u8; 512] {
    let mut message = [7; 512];
    message[0] = number;
    message
}

fn new_seed() -> [u8; 32] {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let mut seed = SEED;
    seed[..8].copy_from_slice(&NEXT.fetch_add(1, Ordering::Relaxed).to_le_bytes());
    seed
}

#[cfg(feature = "candidates")]
mod candidates {
    use aws_lc_rs::signature::{self as aws, ParsedPublicKey, PqdsaKeyPair, UnparsedPublicKey};
    use libcrux_ml_dsa::ml_dsa_87 as libcrux;

    use super::*;

    pub(super) fn compare_all(
        table: &mut Table,
        pk: &[u8],
        signature: &[u8],
        original_sign: impl FnMut() -> Duration + Copy,
        original_verify: impl FnMut() -> Duration + Copy,
    ) {
        let pair = libcrux::generate_key_pair(SEED);
        let (sk, vk) = (&pair.signing_key, &pair.verification_key);
        let bytes = signature.try_into().expect("a signature has one length");
        let sig = &libcrux_ml_dsa::ml_dsa_87::MLDSA87Signature::new(bytes);
        table.row("libcrux: sign, kept expanded key").times(
            || round(|n| libcrux::sign(sk, &message(n), CONTEXT, new_seed()).is_ok()),
            original_sign,
        );
        table.row("libcrux: sign, seed").times(
            || {
                round(|n| {
                    let pair = libcrux::generate_key_pair(SEED);
                    libcrux::sign(&pair.signing_key, &message(n), CONTEXT, new_seed()).is_ok()
                })
            },
            original_sign,
        );
        table.row("libcrux: verify").times(
            || round(|_| libcrux::verify(vk, &message(0), CONTEXT, sig).is_ok()),
            original_verify,
        );
        table
            .row("libcrux, portable: sign, kept expanded key")
            .times(
                || round(|n| libcrux::portable::sign(sk, &message(n), CONTEXT, new_seed()).is_ok()),
                original_sign,
            );
        table.row("libcrux, portable: verify").times(
            || round(|_| libcrux::portable::verify(vk, &message(0), CONTEXT, sig).is_ok()),
            original_verify,
        );

        let pair =
            PqdsaKeyPair::from_seed(&aws::ML_DSA_87_SIGNING, &SEED).expect("a seed is a key");
        let mut out = vec![0; PATCHED.signature_len()];
        table.row("aws-lc-rs: sign, kept key, no context").times(
            || round(|n| pair.sign(&message(n), &mut out).is_ok()),
            original_sign,
        );
        pair.sign(&message(0), &mut out).expect("it signs");
        let parsed = ParsedPublicKey::new(&aws::ML_DSA_87, pk).expect("the key is parsed");
        table.row("aws-lc-rs: verify, kept key, no context").times(
            || round(|_| parsed.verify_sig(&message(0), &out).is_ok()),
            original_verify,
        );
        let unparsed = UnparsedPublicKey::new(&aws::ML_DSA_87, pk);
        table.row("aws-lc-rs: verify, no context").times(
            || round(|_| unparsed.verify(&message(0), &out).is_ok()),
            original_verify,
        );
    }
}
