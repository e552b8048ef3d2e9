//! HTTP in front of a mesh: capabilities as JSON over HTTP, described by OpenAPI, and as tools of
//! agents.
//!
//! A gateway is a mesh node like any other, with an identity and rights of its own. It calls
//! through the public client side of [`hecate_om`], so the guard of a service counts all callers of
//! a gateway as one.
//!
//! The commands `hecate-om gateway` and `hecate-om mcp` are the interface of this package. Its library has no stable API.

pub mod description;
pub mod json;

mod callers;
mod catalogue;
mod exposure;
mod http;
mod mcp;
mod openapi;
mod server;
mod tls;

pub use callers::Callers;
pub use exposure::{Exposure, ExposureError};
pub use http::Origins;
pub use mcp::{McpOptions, McpServer, Pins};
pub use server::{Gateway, Options};
pub use tls::{Tls, TlsError};
