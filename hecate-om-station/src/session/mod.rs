//! Connections of clients: the handshake, then the frames of the control stream.

mod control;
mod handshake;
mod run;

pub(crate) use control::handle;
pub(crate) use handshake::accept_offline;
pub(crate) use run::accept;
