//! The capabilities that this node serves: the claim, the advertisements and the links that they stand on.

mod board;
mod claim;
mod local;
#[cfg(feature = "dev-mesh")]
mod many;
mod permissions;
mod publish;
mod reachability;
mod residence;
mod sealing;
pub(in crate::mesh) mod serving;

pub(crate) use board::{Board, ClaimState, Grant, Publication};
pub(crate) use claim::Labels;
pub use local::LocalDispatch;
#[cfg(feature = "dev-mesh")]
pub use many::ManyCapabilities;
pub(crate) use publish::Publisher;
pub(crate) use residence::{Residence, Site};
pub(crate) use sealing::{Sealing, check_confidential};
pub(crate) use serving::Serving;
