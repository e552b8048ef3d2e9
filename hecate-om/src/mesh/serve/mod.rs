//! Serving of this node's capabilities: the claim, the advertisements, and the session on the mesh.

mod claim;
mod local;
#[cfg(feature = "dev-mesh")]
mod many;
mod permissions;
mod publish;
mod reachability;
mod sealing;
pub(in crate::mesh) mod serving;
mod session;
mod status;

pub(crate) use claim::ClaimLabels;
pub use local::{LocalDispatch, accepted_claims};
#[cfg(feature = "dev-mesh")]
pub use many::ManyCapabilities;
pub(crate) use publish::Publisher;
pub(crate) use sealing::{Sealing, check_confidential};
pub(crate) use serving::Serving;
pub(crate) use session::{MeshSession, MeshTarget};
pub(crate) use status::{ClaimState, Grant, PublicationStatus, StatusTable};
