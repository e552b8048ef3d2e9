//! Support for the end-to-end tests: binaries, the compiler, sandboxes, processes, realms and
//! clients.

#![cfg_attr(doctest, doc = include_str!("../../hecate-om/docs/crate.md"))]
#![cfg_attr(doctest, doc = include_str!("../../hecate-om/docs/service.md"))]
#![cfg_attr(doctest, doc = include_str!("../../hecate-om/docs/layer.md"))]
#![cfg_attr(doctest, doc = include_str!("../../hecate-om/docs/settings.md"))]
#![cfg_attr(doctest, doc = include_str!("../../hecate-om/docs/testing.md"))]
#![cfg_attr(doctest, doc = include_str!(concat!(env!("OUT_DIR"), "/guide.md")))]

mod build;
mod compiler;
mod exposition;
mod http;
mod https;
mod process;
mod realm;
mod sandbox;
mod token;
mod wait;
mod worker;

pub use build::{binary, binary_of_workspace, build_messages, build_only, cargo, workspace};
pub use compiler::Compiler;
pub use exposition::{Exposition, Sample};
pub use http::{get, json, parse};
pub use https::{HttpsClient, HttpsResponse};
pub use process::{Process, under};
pub use realm::Realm;
pub use sandbox::{Answer, Sandbox, Service};
pub use token::{in_seconds, signed_token};
pub use wait::{WAIT_LIMIT, runtime, until};
pub use worker::Worker;
