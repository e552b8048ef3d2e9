//! The property that the patched `macula-mldsa` and the original answer alike.
//!
//! A test checks it with the seeds of the fuzz target `signatures`, which generates inputs.

use original::internal;

/// Parameter sets by their names in both crates.
pub const SETS: [(patched::ParameterSet, original::ParameterSet); 3] = [
    (patched::ML_DSA_44, original::ML_DSA_44),
    (patched::ML_DSA_65, original::ML_DSA_65),
    (patched::ML_DSA_87, original::ML_DSA_87),
];

/// Signs what the input says, damages one part of it as the input says, and checks that both
/// implementations have the same keys, verdicts and errors.
///
/// # Panics
///
/// Panics if they differ.
pub fn signatures(input: &[u8]) {
    let mut input = Input(input);
    let (p, original_p) = SETS[usize::from(input.byte()) % SETS.len()];
    let seed = input.array();
    let (pk, sk) = internal::key_gen(original_p, &seed);
    assert_eq!(
        patched::public_key(p, patched::PrivateKey::Seed(&seed)).as_ref(),
        Ok(&pk)
    );

    let length = usize::from(input.byte());
    let context = input.bytes(length);
    let length = usize::from(input.byte());
    let message = input.bytes(length);
    let randomness = input.array();
    let expanded = original::PrivateKey::Expanded(&sk);
    let signature = internal::sign_message(original_p, expanded, &message, &context, &randomness);
    let signature = signature.expect("the key signs");
    assert_eq!(
        patched::verify(p, &pk, &message, &signature, &context),
        Ok(true)
    );

    let mut parts = [pk, message, signature, context, sk.to_vec()];
    let damaged = usize::from(input.byte()) % parts.len();
    input.damage(&mut parts[damaged]);
    let [pk, message, signature, context, sk] = &parts;
    assert_eq!(
        patched::verify(p, pk, message, signature, context).map_err(name),
        original::verify(original_p, pk, message, signature, context).map_err(name)
    );
    assert_eq!(
        patched::public_key(p, patched::PrivateKey::Expanded(sk)).map_err(name),
        original::public_key(original_p, original::PrivateKey::Expanded(sk)).map_err(name)
    );
}

/// Name of an error, which is the same in both crates.
pub fn name(error: impl std::fmt::Debug) -> String {
    format!("{error:?}")
}

/// What is left of an input; zeros follow its end.
struct Input<'a>(&'a [u8]);

impl Input<'_> {
    fn byte(&mut self) -> u8 {
        let [byte] = self.array();
        byte
    }

    fn array<const N: usize>(&mut self) -> [u8; N] {
        let mut array = [0; N];
        let taken = N.min(self.0.len());
        array[..taken].copy_from_slice(&self.0[..taken]);
        self.0 = &self.0[taken..];
        array
    }

    fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| self.byte()).collect()
    }

    /// Changes the length by up to three bytes, and the bytes at the positions that follow.
    fn damage(&mut self, part: &mut Vec<u8>) {
        let length = match self.byte() {
            change @ 0..=3 => part.len() + usize::from(change),
            change @ 4..=6 => part.len().saturating_sub(usize::from(change) - 3),
            _ => part.len(),
        };
        part.resize(length, 0);
        while !self.0.is_empty() && !part.is_empty() {
            let at = usize::from(u16::from_le_bytes(self.array())) % part.len();
            part[at] ^= self.byte();
        }
    }
}
