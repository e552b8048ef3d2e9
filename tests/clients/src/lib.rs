//! Generated clients, each the `src/lib.rs` of a crate. The tests compare them with the current
//! output of `hecate-om client`; `UPDATE_EXPECT=1 cargo test -p hecate-om-tests --test it clients`
//! accepts it.

#[rustfmt::skip]
pub mod echo;
#[rustfmt::skip]
pub mod odd;
#[rustfmt::skip]
pub mod rag;
#[rustfmt::skip]
pub mod shapes;
#[rustfmt::skip]
pub mod trial;
