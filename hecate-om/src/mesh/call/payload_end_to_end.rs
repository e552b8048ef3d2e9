//! Payloads that serde buffers, sent through a station: in calls, streams, facts and contents.

use serde::{Deserialize, Serialize};

use crate::Refusal;
use crate::capability::schema::{no_schema, request_schema, response_schema};
use crate::capability::{Callable, Capability, HandlerFuture, Invocation, Kind, Schemas, kind};
use crate::mesh::CallError;
use crate::mesh::nodes::{node, station};
use crate::subscription::Delivery;
use schemars::JsonSchema;

/// Type for which a dry run of the decoder was once mistaken for a real run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
enum Job {
    Dry { dry_run: bool },
    Real {},
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Order {
    n: u8,
    #[serde(flatten)]
    job: Job,
}

fn order(dry_run: bool) -> Order {
    Order {
        n: 1,
        job: Job::Dry { dry_run },
    }
}

fn echoes(mut invocation: Invocation) -> HandlerFuture {
    HandlerFuture::new(async move {
        let order = invocation.payload::<Order>()?;
        crate::capability::reply::<Order, Refusal>(Ok(order))
    })
}

fn passes_on(invocation: Invocation) -> HandlerFuture {
    HandlerFuture::new(async move {
        let orders = invocation.inbound::<Order>()?;
        let encode = |order| crate::capability::reply::<Order, Refusal>(Ok(order));
        invocation.answer(orders, encode).await
    })
}

/// Defines the type of a capability, as the attribute macro does.
macro_rules! callable {
    ($type:ident, $name:literal, $kind:ident, $request:ty, $inbound:ty) => {
        #[derive(Debug)]
        enum $type {}

        impl Callable for $type {
            const NAME: &'static str = $name;
            const VERSION: u32 = 1;
            const ORG: Option<&'static str> = Some("acme");
            const GATED: bool = false;
            const CONFIDENTIAL: bool = false;
            const IDEMPOTENT: bool = false;
            const SCHEMAS: Schemas = Schemas {
                request: request_schema::<$request>,
                response: response_schema::<Order>,
                inbound: no_schema,
            };
            type Kind = kind::$kind;
            type Request = $request;
            type Inbound = $inbound;
            type Response = Order;
        }
    };
}

callable!(Echoes, "echoes", Unary, Order, kind::NoItems);
callable!(PassesOn, "passes_on", Bidirectional, (), Order);

#[tokio::test(flavor = "multi_thread")]
async fn a_buffered_boolean_round_trips_in_calls_streams_facts_and_contents() {
    let station = station().await;
    let capabilities = vec![
        Capability::new("echoes", echoes),
        Capability {
            kind: Kind::Bidirectional,
            ..Capability::new("passes_on", passes_on)
        },
    ];
    let provider = node(&station, "acme", false, capabilities).await;
    let caller = node(&station, "other", false, Vec::new()).await;

    for dry_run in [true, false] {
        let order = order(dry_run);
        let echo = caller.mesh.call::<Echoes>(&order).await;
        assert_eq!(echo.as_ref(), Ok(&order));
    }
    let (mut orders, mut passed) = caller.mesh.open::<PassesOn>(&()).await.unwrap();
    orders.send(&order(true)).await.unwrap();
    assert_eq!(passed.next().await, Some(Ok(order(true))));
    orders.finish().await.unwrap();

    // In a call by name, this type is registered by now. An unregistered type is refused, not
    // misread.
    let echoes = || caller.mesh.procedure("acme/echoes");
    assert_eq!(echoes().call(&order(true)).await, Ok(order(true)));
    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(untagged)]
    enum Undescribed {
        Dry {
            #[serde(rename = "dry_run")]
            _dry_run: bool,
        },
        Real {},
    }
    let misread = echoes().call::<_, Undescribed>(&order(true)).await;
    assert!(
        matches!(&misread, Err(CallError::BadResponse(cause)) if cause.to_string().contains("hecate_om::call::register_schema")),
        "{misread:?}"
    );

    let topic = "acme/orders/placed_v1";
    let mut facts = caller.mesh.subscribe::<Order>(topic).unwrap();
    facts.subscribed().await;
    provider
        .mesh
        .topic(topic)
        .publish(&order(true))
        .await
        .unwrap();
    let (delivery, _) = facts.next().await.unwrap();
    assert_eq!(delivery, Delivery::Fact(order(true)));

    let shared = provider.mesh.share_value(&order(true)).await.unwrap();
    let fetched = shared.content().fetch(&caller.mesh).await.unwrap();
    assert_eq!(fetched, order(true));

    caller.close().await;
    provider.close().await;
    station.close().await;
}
