//! ML-DSA keys of AWS-LC by its EVP interface, the only unsafe code of the workspace.
//!
//! AWS-LC erases what it frees, and the working memory of each operation.

use std::ffi::c_int;
use std::ptr::{self, NonNull};

use aws_lc_sys as ffi;
use zeroize::Zeroizing;

/// Public key, or private key with its public key.
pub(crate) struct Key(NonNull<ffi::EVP_PKEY>);

// SAFETY: references to an `EVP_PKEY` are counted atomically, and nothing changes a key after its
// construction.
unsafe impl Send for Key {}
// SAFETY: as above; signing and verification only read the key.
unsafe impl Sync for Key {}

impl Drop for Key {
    fn drop(&mut self) {
        // SAFETY: the key is valid, and this is its only owner.
        unsafe { ffi::EVP_PKEY_free(self.0.as_ptr()) }
    }
}

impl Key {
    /// Loads a private key from a seed or from its expanded form, which the length tells apart.
    /// `None` if the parts of an expanded key contradict each other.
    pub(crate) fn from_private(algorithm: c_int, bytes: &[u8]) -> Option<Self> {
        initialize();
        // SAFETY: the pointer and the length are those of a slice, which is only read.
        let key = unsafe {
            ffi::EVP_PKEY_pqdsa_new_raw_private_key(algorithm, bytes.as_ptr(), bytes.len())
        };
        NonNull::new(key).map(Self).or_else(failed)
    }

    /// Loads a public key of the right length.
    pub(crate) fn from_public(algorithm: c_int, bytes: &[u8]) -> Option<Self> {
        initialize();
        // SAFETY: the pointer and the length are those of a slice, which is only read.
        let key = unsafe {
            ffi::EVP_PKEY_pqdsa_new_raw_public_key(algorithm, bytes.as_ptr(), bytes.len())
        };
        NonNull::new(key).map(Self).or_else(failed)
    }

    pub(crate) fn public_bytes(&self, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        let mut written = length;
        // SAFETY: the key is valid, and at most `written` bytes are written into the buffer.
        let done = unsafe {
            ffi::EVP_PKEY_get_raw_public_key(self.0.as_ptr(), bytes.as_mut_ptr(), &mut written)
        };
        assert!(done == 1 && written == length, "a key has a public key");
        bytes
    }

    pub(crate) fn private_bytes(&self, length: usize) -> Zeroizing<Vec<u8>> {
        let mut bytes = Zeroizing::new(vec![0; length]);
        let mut written = length;
        // SAFETY: the key is valid, and at most `written` bytes are written into the buffer.
        let done = unsafe {
            ffi::EVP_PKEY_get_raw_private_key(self.0.as_ptr(), bytes.as_mut_ptr(), &mut written)
        };
        assert!(done == 1 && written == length, "the key is a private key");
        bytes
    }

    /// Signs with randomness of AWS-LC's generator, which the operating system seeds. `None` if it
    /// failed.
    pub(crate) fn sign(&self, message: &[u8], context: &[u8], length: usize) -> Option<Vec<u8>> {
        let operation = Operation::new(ffi::EVP_DigestSignInit, self, context)?;
        let mut signature = vec![0; length];
        let mut written = length;
        // SAFETY: the operation is valid, the message is only read, and at most `written` bytes
        // are written into the buffer.
        let signed = unsafe {
            ffi::EVP_DigestSign(
                operation.0.as_ptr(),
                signature.as_mut_ptr(),
                &mut written,
                message.as_ptr(),
                message.len(),
            )
        };
        (signed == 1 && written == length)
            .then_some(signature)
            .or_else(failed)
    }

    pub(crate) fn verify(&self, message: &[u8], signature: &[u8], context: &[u8]) -> bool {
        let Some(operation) = Operation::new(ffi::EVP_DigestVerifyInit, self, context) else {
            return false;
        };
        // SAFETY: the operation is valid, and both slices are only read.
        let verified = unsafe {
            ffi::EVP_DigestVerify(
                operation.0.as_ptr(),
                signature.as_ptr(),
                signature.len(),
                message.as_ptr(),
                message.len(),
            )
        };
        (verified == 1).then_some(()).or_else(failed).is_some()
    }
}

/// `EVP_DigestSignInit` or `EVP_DigestVerifyInit`.
type Start = unsafe extern "C" fn(
    *mut ffi::EVP_MD_CTX,
    *mut *mut ffi::EVP_PKEY_CTX,
    *const ffi::EVP_MD,
    *mut ffi::ENGINE,
    *mut ffi::EVP_PKEY,
) -> c_int;

/// A signature that is being made or verified. It counts as a user of its key.
struct Operation(NonNull<ffi::EVP_MD_CTX>);

impl Drop for Operation {
    fn drop(&mut self) {
        // SAFETY: the operation is valid, and this is its only owner.
        unsafe { ffi::EVP_MD_CTX_free(self.0.as_ptr()) }
    }
}

impl Operation {
    fn new(start: Start, key: &Key, context: &[u8]) -> Option<Self> {
        // SAFETY: no precondition.
        let operation = unsafe { ffi::EVP_MD_CTX_new() };
        let operation = Self(NonNull::new(operation)?);
        let mut parameters = ptr::null_mut();
        // SAFETY: the operation and the key are valid. ML-DSA hashes by itself, so there is no
        // digest; `parameters` is set to a part of the operation.
        let started = unsafe {
            start(
                operation.0.as_ptr(),
                &mut parameters,
                ptr::null(),
                ptr::null_mut(),
                key.0.as_ptr(),
            )
        };
        if started != 1 {
            return failed();
        }
        // SAFETY: `parameters` lives as long as the operation; the context is copied.
        let set = unsafe {
            ffi::EVP_PKEY_CTX_set1_signature_context_string(
                parameters,
                context.as_ptr(),
                context.len(),
            )
        };
        (set == 1).then_some(operation).or_else(failed)
    }
}

/// Returns the SHA-256 of some bytes.
pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    // SAFETY: the slice is only read, and 32 bytes are written.
    unsafe { ffi::SHA256(bytes.as_ptr(), bytes.len(), hash.as_mut_ptr()) };
    hash
}

/// Detects the processor's instructions, once.
fn initialize() {
    // SAFETY: no precondition; it may be called at any time by any thread.
    unsafe { ffi::CRYPTO_library_init() }
}

/// Removes what a failed call left in the thread's queue of errors, where a later call of another
/// library would find it.
fn failed<T>() -> Option<T> {
    // SAFETY: no precondition.
    unsafe { ffi::ERR_clear_error() }
    None
}
