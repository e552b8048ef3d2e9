//! The commands, one per module.

pub(crate) mod bench;
pub(crate) mod call;
pub(crate) mod client;
pub(crate) mod completions;
pub(crate) mod describe;
pub(crate) mod description;
pub(crate) mod dev;
pub(crate) mod facts;
pub(crate) mod gateway;
pub(crate) mod identity;
pub(crate) mod ls;
pub(crate) mod manifest;
pub(crate) mod mcp;
pub(crate) mod publish;
pub(crate) mod quadlet;
pub(crate) mod scaffold;
pub(crate) mod slice;
pub(crate) mod token;
pub(crate) mod top;
pub(crate) mod up;
pub(crate) mod version;
pub(crate) mod watch;
