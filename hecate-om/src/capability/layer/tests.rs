use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::*;
use crate::capability::{Dispatcher, InFlight, KeyedCalls, Limits, Registry};

/// What ran, in order.
type Steps = Mutex<Vec<String>>;

fn add(steps: &Steps, step: impl Into<String>) {
    steps.lock().unwrap().push(step.into());
}

/// Records the start and the outcome of a call.
async fn outer(steps: &Steps, call: &Call, next: Next<'_>) -> Reply {
    add(steps, format!("outer {}", call.procedure()));
    let reply = next.run(call).await;
    let outcome = reply.as_ref().map_or_else(Refusal::code, |_| "ok");
    add(steps, format!("outer {outcome}"));
    reply
}

struct Tenant(&'static str);

async fn tenant(steps: &Steps, call: &Call, next: Next<'_, Tenant>) -> Reply {
    add(steps, "tenant");
    next.provide(Tenant("acme")).run(call).await
}

/// Borrows what an outer layer provides, and hides it from the handler.
async fn renamed(steps: &Steps, tenant: &Tenant, call: &Call, next: Next<'_, Tenant>) -> Reply {
    add(steps, format!("renamed {}", tenant.0));
    next.provide(Tenant("ajax")).run(call).await
}

async fn refuses(_: &Call, _: Next<'_>) -> Reply {
    Err(Refusal::new("closed", "come back tomorrow"))
}

async fn panics(_: &Call, _: Next<'_>) -> Reply {
    panic!("in a layer")
}

async fn replaces(call: &Call, next: Next<'_>) -> Reply {
    let reply = next.run(call).await;
    reply.map_err(|refusal| Refusal::new("replaced", refusal.code()))
}

macro_rules! layers {
    ($($function:ident),*) => {
        const { &[$(Layer {
            name: stringify!($function),
            function: &LayerFunction::new($function),
        }),*] }
    };
}

/// Returns the name of the tenant before the request.
fn named(mut invocation: Invocation) -> HandlerFuture {
    HandlerFuture::new(async move {
        let text: String = invocation.payload()?;
        add(invocation.state::<Steps>()?, "handler");
        let tenant = invocation.state::<Tenant>()?;
        codec::encode(&format!("{}: {text}", tenant.0))
            .map_err(|error| Refusal::new("invalid_response", error.to_string()))
    })
}

fn forever(_: Invocation) -> HandlerFuture {
    HandlerFuture::new(std::future::pending())
}

fn dispatcher(
    layers: &'static [Layer],
    invoke: fn(Invocation) -> HandlerFuture,
) -> (Arc<Dispatcher>, Arc<Steps>) {
    let capability = Capability {
        layers,
        limits: Limits {
            timeout_ms: Some(1500),
            concurrency: Some(1),
            queue: Some(0),
            ..Limits::UNSET
        },
        ..Capability::new("test.run", invoke)
    };
    let steps = Arc::<Steps>::default();
    let states = StateMap::default()
        .with(Arc::clone(&steps))
        .with(Arc::new(Tenant("of the service")));
    let (states, keyed) = (Arc::new(states), KeyedCalls::default());
    let dispatcher = Dispatcher::new(capability, states, InFlight::default(), keyed);
    let dispatcher = Arc::new(dispatcher);
    (dispatcher, steps)
}

async fn call(dispatcher: &Arc<Dispatcher>, payload: Payload) -> Result<Payload, Refusal> {
    let call = Call::for_tests(Duration::from_secs(60));
    dispatcher.dispatch(payload, call).await
}

fn text(text: &str) -> Payload {
    codec::encode(text).unwrap()
}

#[tokio::test]
async fn layers_run_from_the_outermost_in_and_back() {
    let (dispatcher, steps) = dispatcher(layers!(outer, tenant, renamed), named);
    let response = call(&dispatcher, text("hi")).await;
    assert_eq!(response, Ok(text("ajax: hi")));
    let expected = [
        "outer org/test.run",
        "tenant",
        "renamed acme",
        "handler",
        "outer ok",
    ];
    assert_eq!(*steps.lock().unwrap(), expected);
}

#[tokio::test]
async fn without_a_layer_the_handler_borrows_the_value_of_the_service() {
    let (dispatcher, _) = dispatcher(&[], named);
    let response = call(&dispatcher, text("hi")).await;
    assert_eq!(response, Ok(text("of the service: hi")));
}

#[tokio::test]
async fn a_layer_sees_the_refusal_of_a_request_that_does_not_decode_and_may_replace_it() {
    let (dispatcher, steps) = dispatcher(layers!(replaces, outer), named);
    let refusal = call(&dispatcher, codec::encode(&7).unwrap()).await;
    assert_eq!(refusal, Err(Refusal::new("replaced", "invalid_request")));
    assert_eq!(
        *steps.lock().unwrap(),
        ["outer org/test.run", "outer invalid_request"]
    );
}

#[tokio::test]
async fn a_layer_that_does_not_run_the_rest_refuses_the_call() {
    let (dispatcher, steps) = dispatcher(layers!(outer, refuses, tenant), named);
    let refusal = call(&dispatcher, text("hi")).await.unwrap_err();
    assert_eq!(refusal.code(), "closed");
    assert_eq!(
        *steps.lock().unwrap(),
        ["outer org/test.run", "outer closed"]
    );
}

#[tokio::test]
async fn a_panic_in_a_layer_ends_its_call_and_frees_its_permit() {
    let (dispatcher, _) = dispatcher(layers!(panics), named);
    for _ in 0..3 {
        let refusal = call(&dispatcher, text("hi")).await.unwrap_err();
        assert_eq!(refusal.code(), "panicked", "the only permit is free again");
    }
}

#[tokio::test(start_paused = true)]
async fn a_layer_is_dropped_with_its_handler_at_the_timeout_and_frees_its_permit() {
    let (dispatcher, steps) = dispatcher(layers!(outer), forever);
    for _ in 0..2 {
        let refusal = call(&dispatcher, text("hi")).await.unwrap_err();
        assert_eq!(refusal.code(), "timeout");
    }
    assert_eq!(*steps.lock().unwrap(), ["outer org/test.run"; 2], "no end");
}

#[tokio::test]
async fn a_layer_and_its_handler_share_one_permit() {
    static RUNNING: AtomicUsize = AtomicUsize::new(0);
    async fn counts(call: &Call, next: Next<'_>) -> Reply {
        RUNNING.fetch_add(1, Ordering::SeqCst);
        next.run(call).await
    }
    let (dispatcher, _) = dispatcher(layers!(counts), forever);
    let mut running = Box::pin(call(&dispatcher, text("hi")));
    assert!(futures_util::poll!(&mut running).is_pending());
    let refusal = call(&dispatcher, text("hi")).await.unwrap_err();
    assert_eq!(refusal.code(), "busy");
    assert_eq!(
        RUNNING.load(Ordering::SeqCst),
        1,
        "the guard is before layers"
    );
}

#[test]
fn layers_of_the_service_are_outside_of_those_of_the_capability() {
    let service = layers!(outer);
    let own = layers!(tenant);
    let names = |layers: &[Layer]| layers.iter().map(|layer| layer.name).collect::<Vec<_>>();
    assert_eq!(names(around(service, own)), ["outer", "tenant"]);
    assert_eq!(names(around(service, &[])), ["outer"]);
    assert_eq!(names(around(&[], own)), ["tenant"]);
}

#[test]
fn a_value_of_an_outer_layer_is_not_missing_and_one_of_an_inner_layer_is() {
    let registry = |layers: &'static [Layer]| {
        let capability = Capability {
            needs: const { &[StateRequirement::new::<Tenant>()] },
            layers,
            ..Capability::new("test.run", named)
        };
        let states = Arc::new(StateMap::default().with(Arc::<Steps>::default()));
        Registry::new(
            "org",
            vec![capability],
            &states,
            &InFlight::default(),
            &KeyedCalls::default(),
        )
        .map(|_| ())
        .map_err(|missing| missing.to_string())
    };
    assert_eq!(registry(layers!(tenant, renamed)), Ok(()));
    let missing = registry(layers!(renamed, tenant)).unwrap_err();
    assert_eq!(missing.matches("takes `&").count(), 1, "{missing}");
    let text = "the layer `renamed` of `test.run` takes `&";
    assert!(
        missing.contains(text) && missing.contains("Tenant`: provide"),
        "{missing}"
    );
    let missing = registry(layers!(outer)).unwrap_err();
    assert!(
        missing.contains("the handler of `test.run` takes `&"),
        "{missing}"
    );
}
