//! The runtime of a Hecate service: an always-on daemon that other services reach over the macula
//! mesh by the capabilities it advertises.
// The example needs the output of a build script. The package of the workspace's tests has a build
// script, and runs the example.
#![cfg_attr(not(doctest), doc = "")]
#![cfg_attr(not(doctest), doc = include_str!("../docs/crate.md"))]

#[doc(hidden)]
#[path = "private/mod.rs"]
pub mod __private;
mod backoff;
mod boot;
mod boot_refusal;
mod build_info;
mod builtin;
mod capability;
mod cause;
mod certificate;
pub mod client;
mod clock;
mod codec;
mod config;
mod dead_letter;
mod handler;
mod health;
mod health_status;
mod linked;
mod mesh;
mod metrics;
mod node_id;
mod panic;
mod publication;
mod regular_file;
mod rendezvous;
mod schedule;
mod service;
pub mod settings;
mod store;
mod subscription;
mod sync;
mod telemetry;
#[cfg(feature = "testing")]
pub mod testing;
mod unprintable;

pub use boot::run;
pub use capability::{Call, Next, Refusal, Reply};
pub use client::Client;
pub use handler::{Failure, Permanent};
pub use health_status::Health;
pub use mesh::Mesh;
#[cfg(feature = "macula")]
pub use mesh::{MeshHandles, macula};
pub use schedule::DueTime;
pub use service::{Boot, Service, StartError};
pub use settings::{Secret, Settings};

/// The crate whose [`JsonSchema`] describes payloads. `#[derive(JsonSchema)]` refers to it as
/// `schemars`: add `schemars = "1"` to the service's `Cargo.toml`, or put
/// `#[schemars(crate = "hecate_om::schemars")]` on the type.
pub use schemars;
pub use schemars::JsonSchema;

/// Calls to other services, by the type of a capability or by the name of a procedure.
pub mod call {
    pub use crate::capability::{Callable, Schemas, kind};
    pub use crate::cause::Cause;
    pub use crate::codec::register_schema;
    pub use crate::mesh::{Advertised, CallBuilder, CallError, TypedCall};
}

pub mod layer {
    // Its example is a service, which runs in the same package as the example of the crate.
    #![cfg_attr(not(doctest), doc = include_str!("../docs/layer.md"))]
    #![cfg_attr(doctest, doc = "Layers.")]

    pub use crate::capability::{Next, Reply, Response};
}

pub mod stream {
    #![doc = include_str!("../docs/stream.md")]

    pub use crate::capability::Inbound;
    pub use crate::mesh::{
        ClientStream, KindHandle, ResponseStream, StreamBuilder, StreamSender, StreamingKind,
    };

    /// Trait of the streams that handlers return as responses: `impl Stream<Item = T>`.
    pub use futures_util::Stream;
}

/// Facts: publishing, and subscribing to topics.
pub mod fact {
    pub use crate::handler::Outcome;
    pub use crate::mesh::{
        Changed, FactBuilder, PublishBuilder, PublishError, Publishing, SubscribeError, Subscriber,
        Subscription, Subscriptions, topic,
    };
    pub use crate::publication::{Fact, FactId, FactIdError, PublishedFact, SentFact};
    pub use crate::subscription::{Delivery, FactMetadata};
}

/// The service's own metrics, which `/metrics` shows beside those of the runtime.
pub mod metric {
    pub use crate::metrics::{Counter, Family, Gauge, Histogram, Instrument, ServiceMetrics};
}

/// Content, shared between nodes and identified by its hash.
pub mod content {
    pub use crate::mesh::{Content, ContentError, ContentIdError, Fetch, Fetchable, Shared};
}

/// Identities of nodes and permissions of callers: node ids, the realm, certificates and UCANs.
pub mod identity {
    pub use crate::capability::{Claims, PermissionGrant};
    pub use crate::certificate::{Certificate, ServiceCert};
    pub use crate::mesh::{
        Asserted, DelegateError, OwnershipError, OwnershipProof, ProveError, SignError, Signature,
        SignatureError, Ucan, UcanError, VerifyError,
    };
    pub use crate::node_id::{NodeId, NodeIdError};
    pub use crate::service::Realm;
}

#[doc = include_str!("../docs/capability.md")]
pub use hecate_om_macros::capability;
// The examples run in the same package as the example of the crate.
/// Implements [`trait@Settings`] for a struct with a service's settings, or
/// [`SettingValue`](settings::SettingValue) for an enum that is the value of one setting. The
/// [module](crate::settings) describes both.
pub use hecate_om_macros::Settings;
#[doc = include_str!("../docs/cron.md")]
pub use hecate_om_macros::cron;
#[doc = include_str!("../docs/every.md")]
pub use hecate_om_macros::every;
#[doc = include_str!("../docs/fact.md")]
pub use hecate_om_macros::fact;
#[cfg_attr(not(doctest), doc = include_str!("../docs/service.md"))]
pub use hecate_om_macros::hecate_service;
#[doc = include_str!("../docs/subscribe.md")]
pub use hecate_om_macros::subscribe;
