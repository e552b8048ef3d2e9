//! The parameter sets of FIPS 204 and the sizes that follow from them.

use std::ffi::c_int;

/// The modulus, `q = 2^23 - 2^13 + 1`.
pub const Q: i32 = 8_380_417;

/// `d`: the bits that are dropped from `t`.
pub const D: usize = 13;

/// A parameter set of FIPS 204; the fields are those of its table 1.
///
/// Only [`ML_DSA_44`], [`ML_DSA_65`] and [`ML_DSA_87`] are of use: every function panics for
/// another set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParameterSet {
    /// Name, such as `ML-DSA-87`.
    pub name: &'static str,
    /// `tau`: the number of coefficients ±1 in the challenge polynomial.
    pub tau: usize,
    /// `lambda`: the collision strength of the commitment hash, in bits.
    pub lambda: usize,
    /// `gamma_1`: the range of the coefficients of the mask `y`.
    pub gamma1: i32,
    /// `gamma_2`: the range of low-order rounding.
    pub gamma2: i32,
    /// `k`: the rows of the matrix `A`.
    pub k: usize,
    /// `l`: the columns of the matrix `A`.
    pub l: usize,
    /// `eta`: the range of the coefficients of the secret vectors.
    pub eta: i32,
    /// `omega`: the maximum number of ones in the hint.
    pub omega: usize,
}

/// ML-DSA-44, security category 2.
pub const ML_DSA_44: ParameterSet = ParameterSet {
    name: "ML-DSA-44",
    tau: 39,
    lambda: 128,
    gamma1: 1 << 17,
    gamma2: (Q - 1) / 88,
    k: 4,
    l: 4,
    eta: 2,
    omega: 80,
};

/// ML-DSA-65, security category 3.
pub const ML_DSA_65: ParameterSet = ParameterSet {
    name: "ML-DSA-65",
    tau: 49,
    lambda: 192,
    gamma1: 1 << 19,
    gamma2: (Q - 1) / 32,
    k: 6,
    l: 5,
    eta: 4,
    omega: 55,
};

/// ML-DSA-87, security category 5, which the mesh uses.
pub const ML_DSA_87: ParameterSet = ParameterSet {
    name: "ML-DSA-87",
    tau: 60,
    lambda: 256,
    gamma1: 1 << 19,
    gamma2: (Q - 1) / 32,
    k: 8,
    l: 7,
    eta: 2,
    omega: 75,
};

/// Bytes of a polynomial, for each bit of a coefficient.
const BYTES_PER_BIT: usize = 256 / 8;

impl ParameterSet {
    /// `beta = tau * eta`.
    pub const fn beta(&self) -> i32 {
        self.tau as i32 * self.eta
    }

    /// Length of a public key in bytes: `rho`, then `t1` with 10 bits per coefficient.
    pub const fn public_key_len(&self) -> usize {
        32 + BYTES_PER_BIT * self.k * 10
    }

    /// Length of an expanded private key in bytes: `rho`, `K` and `tr`, then `s1`, `s2` and `t0`.
    pub const fn private_key_len(&self) -> usize {
        let eta_bits = if self.eta == 2 { 3 } else { 4 };
        32 + 32 + 64 + BYTES_PER_BIT * ((self.l + self.k) * eta_bits + D * self.k)
    }

    /// Length of a signature in bytes: the challenge, then `z`, then the hint.
    pub const fn signature_len(&self) -> usize {
        let z_bits = if self.gamma1 == 1 << 17 { 18 } else { 20 };
        self.lambda / 4 + BYTES_PER_BIT * self.l * z_bits + self.omega + self.k
    }

    /// AWS-LC's identifier of the set.
    ///
    /// # Panics
    ///
    /// Panics for a set that is not in FIPS 204.
    pub(crate) fn algorithm(&self) -> c_int {
        match *self {
            ML_DSA_44 => aws_lc_sys::NID_MLDSA44,
            ML_DSA_65 => aws_lc_sys::NID_MLDSA65,
            ML_DSA_87 => aws_lc_sys::NID_MLDSA87,
            other => panic!("`{}` is not a parameter set of FIPS 204", other.name),
        }
    }
}
