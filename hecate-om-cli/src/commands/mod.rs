//! The commands, each in its file.

pub(crate) mod call;
pub(crate) mod describe;
pub(crate) mod dev;
pub(crate) mod ls;
pub(crate) mod manifest;

use hecate_om::Client;

use crate::output::Failure;

/// A caller on the mesh that the environment names, else on this machine's own.
async fn client() -> Result<Client, Failure> {
    Ok(Client::connect(std::env::vars_os()).await?)
}
