//! The runtime of a Hecate service: an always-on daemon that other services reach over the macula mesh by the
//! capabilities it advertises.
// The example needs what a build script makes: the package of the workspace's tests has one and runs it.
#![cfg_attr(not(doctest), doc = "")]
#![cfg_attr(not(doctest), doc = include_str!("../docs/crate.md"))]

#[doc(hidden)]
#[path = "private/mod.rs"]
pub mod __private;
mod backoff;
mod boot;
mod boot_refusal;
mod builtin;
mod capability;
mod certificate;
mod client;
mod clock;
mod codec;
mod config;
mod handler;
mod health;
mod health_status;
mod linked;
mod mesh;
mod metrics;
mod node_id;
mod panic;
mod regular_file;
mod schedule;
mod service;
mod subscription;
mod telemetry;
#[cfg(feature = "testing")]
pub mod testing;

pub use boot::run;
pub use capability::{Call, Callable, Claims, Granted, Inbound, Refusal, Schemas, kind};
pub use certificate::{Certificate, ServiceCert};
pub use client::{Client, ClientBuilder, ClientError};
pub use codec::describe;
pub use handler::Outcome;
pub use health_status::Health;
pub use mesh::{
    Advertised, CallBuilder, CallError, ClientStream, KindHandle, Mesh, MeshHandles,
    ResponseStream, StreamBuilder, StreamSender, StreamingKind, TypedCall, Ucan, UcanError, macula,
};
pub use mesh::{
    Changed, PublishError, Publishing, SubscribeError, Subscriber, Subscription, Subscriptions,
    Topic, topic,
};
pub use mesh::{Content, ContentError, ContentIdError, Fetch, Fetchable, Shared};
pub use node_id::{NodeId, NodeIdError};
pub use service::{Boot, Realm, Service, StartError};
pub use subscription::{Delivery, FactMetadata};

/// What a handler returns to answer with a stream: `impl Stream<Item = T>`.
pub use futures_util::Stream;

/// The crate whose [`JsonSchema`] describes what crosses. `#[derive(JsonSchema)]` names it as `schemars`: put
/// `schemars = "1"` into the service's `Cargo.toml`, or `#[schemars(crate = "hecate_om::schemars")]` on the type.
pub use schemars;
pub use schemars::JsonSchema;

#[doc = include_str!("../docs/capability.md")]
pub use hecate_om_macros::capability;
// Its examples run where that of the crate does.
#[doc = include_str!("../docs/cron.md")]
pub use hecate_om_macros::cron;
#[doc = include_str!("../docs/every.md")]
pub use hecate_om_macros::every;
#[cfg_attr(not(doctest), doc = include_str!("../docs/service.md"))]
pub use hecate_om_macros::hecate_service;
#[doc = include_str!("../docs/subscribe.md")]
pub use hecate_om_macros::subscribe;
