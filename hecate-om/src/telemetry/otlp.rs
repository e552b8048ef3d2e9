//! Traces to an OpenTelemetry collector: OTLP over HTTP, as protobuf, configured by the standard variables.
//!
//! `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` or `OTEL_EXPORTER_OTLP_ENDPOINT` says where to; with neither, nothing is
//! sent. The SDK reads the others: `OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES`, `OTEL_EXPORTER_OTLP_HEADERS`,
//! `OTEL_EXPORTER_OTLP_TIMEOUT`, `OTEL_TRACES_SAMPLER`, `OTEL_BSP_*`. Spans wait in a bounded queue and are sent by
//! a thread of the SDK's; when the collector is away they are dropped, and no call waits.
//!
//! The crates' own types stay in this module: their versions move together and often.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use opentelemetry::trace::{SpanKind, Status, TracerProvider as _};
use opentelemetry::{Key, KeyValue};
use opentelemetry_http::hyper::HyperClient;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{
    Protocol, SpanExporter as OtlpExporter, WithExportConfig, WithHttpConfig,
};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanData, SpanExporter};
use tokio::runtime::Handle;
use tracing::Subscriber;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::Layer;
use tracing_subscriber::registry::LookupSpan;

/// How long the last spans may take to be sent.
const FLUSH: Duration = Duration::from_secs(3);
/// How long a request may take where `OTEL_EXPORTER_OTLP_TIMEOUT` does not say (its default).
const TIMEOUT: Duration = Duration::from_secs(10);

static PROVIDER: OnceLock<SdkTracerProvider> = OnceLock::new();

/// What becomes of the traces, to be said once there is a log.
#[derive(Debug)]
pub(super) enum Said {
    Sent(String),
    Off(&'static str),
    Wrong(String),
}

impl Said {
    pub(super) fn say(&self) {
        match self {
            Self::Sent(endpoint) => tracing::info!(endpoint, "traces are sent by OTLP"),
            Self::Off(why) => tracing::info!("no traces are sent: {why}"),
            Self::Wrong(why) => tracing::warn!("no traces are sent: {why}"),
        }
    }
}

/// The layer that sends spans, where the environment names a collector.
pub(super) fn layer<S>(name: &'static str, version: &'static str) -> (Option<impl Layer<S>>, Said)
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let wanted = match Wanted::read(|variable| std::env::var(variable).ok()) {
        Ok(wanted) => wanted,
        Err(said) => return (None, said),
    };
    let exporter = OtlpExporter::builder()
        .with_http()
        .with_protocol(Protocol::HttpBinary)
        .with_http_client(OnRuntime {
            client: HyperClient::with_default_connector(wanted.timeout, None),
            runtime: Handle::current(),
        })
        .build();
    let exporter = match exporter {
        Ok(exporter) => exporter,
        Err(error) => return (None, Said::Wrong(format!("{}: {error}", wanted.variable))),
    };
    let provider = SdkTracerProvider::builder()
        .with_batch_exporter(Named {
            exporter,
            failing: AtomicBool::new(false),
        })
        .with_resource(resource(name, version))
        .build();
    let layer = tracing_opentelemetry::layer()
        .with_tracer(provider.tracer("hecate-om"))
        .with_location(false)
        .with_threads(false)
        .with_tracked_inactivity(false)
        .with_filter(LevelFilter::INFO);
    // Set once: a second service in one process has the first one's.
    let _ = PROVIDER.set(provider);
    (Some(layer), Said::Sent(wanted.endpoint))
}

/// Sends what has not been sent. A collector that is away does not hold up the end.
pub(super) async fn flush() {
    let Some(provider) = PROVIDER.get() else {
        return;
    };
    // It blocks its thread while the SDK's own sends.
    let flushing = tokio::task::spawn_blocking(|| provider.shutdown_with_timeout(FLUSH));
    match tokio::time::timeout(FLUSH + Duration::from_secs(1), flushing).await {
        Ok(Ok(Ok(()))) => {}
        Ok(Ok(Err(error))) => tracing::warn!("the last traces were not sent: {error}"),
        _ => tracing::warn!("the last traces were not sent within {FLUSH:?}"),
    }
}

/// What the environment asks for.
#[derive(Debug, PartialEq, Eq)]
struct Wanted {
    variable: &'static str,
    endpoint: String,
    timeout: Duration,
}

impl Wanted {
    fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, Said> {
        let value = |name: &str| variable(name).filter(|value| !value.trim().is_empty());
        let is = |name: &str, word: &str| value(name).is_some_and(|v| v.eq_ignore_ascii_case(word));
        if is("OTEL_SDK_DISABLED", "true") {
            return Err(Said::Off("OTEL_SDK_DISABLED is true"));
        }
        if is("OTEL_TRACES_EXPORTER", "none") {
            return Err(Said::Off("OTEL_TRACES_EXPORTER is none"));
        }
        let first = |names: [&'static str; 2]| names.into_iter().find_map(|n| Some((n, value(n)?)));
        let Some((variable, endpoint)) = first([
            "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
            "OTEL_EXPORTER_OTLP_ENDPOINT",
        ]) else {
            return Err(Said::Off("OTEL_EXPORTER_OTLP_ENDPOINT is not set"));
        };
        if !endpoint.starts_with("http://") {
            return Err(Said::Wrong(format!(
                "{variable}: `{endpoint}` does not begin with `http://`, and this exporter speaks no TLS; name a \
                 collector on this machine or in its pod, as in `http://localhost:4318`, which passes them on"
            )));
        }
        let protocol = first([
            "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL",
            "OTEL_EXPORTER_OTLP_PROTOCOL",
        ]);
        if let Some((variable, protocol)) = protocol
            && protocol != "http/protobuf"
        {
            return Err(Said::Wrong(format!(
                "{variable}: `{protocol}` is not spoken here; unset it, or set `http/protobuf` and the collector's \
                 port for that (commonly 4318)"
            )));
        }
        let timeout = first([
            "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT",
            "OTEL_EXPORTER_OTLP_TIMEOUT",
        ]);
        Ok(Self {
            variable,
            endpoint,
            // What is no number is the SDK's to complain of.
            timeout: timeout
                .and_then(|(_, ms)| ms.trim().parse().ok())
                .map_or(TIMEOUT, Duration::from_millis),
        })
    }
}

/// Who the traces are of: what the environment says, else the service itself.
fn resource(name: &'static str, version: &'static str) -> Resource {
    let said = Resource::builder().build();
    let given = |key: &'static str| {
        let value = said.get(&Key::from_static_str(key))?;
        Some(value).filter(|value| !value.as_str().starts_with("unknown_service"))
    };
    let ours = [("service.name", name), ("service.version", version)];
    let unsaid = ours.into_iter().filter(|(key, _)| given(key).is_none());
    Resource::builder()
        .with_attributes(unsaid.map(|(key, value)| KeyValue::new(key, value)))
        .build()
}

/// A client whose requests are made on the service's runtime: the SDK sends from a thread that has none.
#[derive(Debug)]
struct OnRuntime {
    client: HyperClient,
    runtime: Handle,
}

#[async_trait::async_trait]
impl HttpClient for OnRuntime {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let client = self.client.clone();
        self.runtime
            .spawn(async move { client.send_bytes(request).await })
            .await?
    }
}

/// An exporter that gives our spans OpenTelemetry's names, and says once that the collector is away and once that it
/// is back.
#[derive(Debug)]
struct Named<E> {
    exporter: E,
    failing: AtomicBool,
}

impl<E: SpanExporter> SpanExporter for Named<E> {
    async fn export(&self, mut batch: Vec<SpanData>) -> OTelSdkResult {
        batch.iter_mut().for_each(conform);
        let result = self.exporter.export(batch).await;
        match (
            &result,
            self.failing.swap(result.is_err(), Ordering::Relaxed),
        ) {
            (Err(error), false) => {
                tracing::warn!("traces are dropped until the collector takes them: {error}");
            }
            (Ok(()), true) => tracing::info!("the collector takes traces again"),
            _ => {}
        }
        result
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.exporter.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}

/// A call's span by the RPC conventions: its kind, its method as its name, its error's type.
fn conform(span: &mut SpanData) {
    let get = |key: &str| {
        let attribute = span.attributes.iter().find(|a| a.key.as_str() == key)?;
        Some(attribute.value.clone())
    };
    let (kind, method) = match span.name.as_ref() {
        "call" => (SpanKind::Server, get("capability")),
        "outgoing" => (SpanKind::Client, get("procedure")),
        _ => return,
    };
    let Some(method) = method else {
        // A span of the author's that only shares the name.
        return;
    };
    let method = match get("version") {
        // The tracing layer writes unsigned integers as text.
        Some(version) if version.as_str() != "1" => format!("{method}_v{version}"),
        _ => method.to_string(),
    };
    let outcome = get("outcome").map_or_else(String::new, |outcome| outcome.to_string());
    // A refusal is the caller's affair at the provider, and the calling service's own at its end.
    let failed = match kind {
        SpanKind::Client => outcome != "ok",
        _ => matches!(
            outcome.as_str(),
            "panicked" | "timeout" | "invalid_response"
        ),
    };
    if failed {
        span.status = Status::error(outcome.clone());
    }
    if outcome != "ok" {
        span.attributes.push(KeyValue::new("error.type", outcome));
    }
    span.attributes
        .push(KeyValue::new("rpc.system.name", "macula"));
    span.attributes
        .push(KeyValue::new("rpc.method", method.clone()));
    span.span_kind = kind;
    span.name = method.into();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(set: &[(&str, &str)]) -> Result<Wanted, Said> {
        Wanted::read(|name| {
            let (_, value) = set.iter().find(|(variable, _)| *variable == name)?;
            Some((*value).to_owned())
        })
    }

    const ENDPOINT: (&str, &str) = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4318");

    #[test]
    fn nothing_set_sends_nothing() {
        assert!(matches!(wanted(&[]), Err(Said::Off(_))));
        let blank = wanted(&[("OTEL_EXPORTER_OTLP_ENDPOINT", " ")]);
        assert!(matches!(blank, Err(Said::Off(_))));
        let off = wanted(&[ENDPOINT, ("OTEL_SDK_DISABLED", "true")]);
        assert!(matches!(off, Err(Said::Off(_))));
    }

    #[test]
    fn the_endpoint_of_the_traces_comes_first() {
        let traces = "http://collector:4318/v1/traces";
        let set = [ENDPOINT, ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", traces)];
        assert_eq!(wanted(&set).unwrap().endpoint, traces);
        let wanted = wanted(&[ENDPOINT, ("OTEL_EXPORTER_OTLP_TIMEOUT", "250")]).unwrap();
        assert_eq!(wanted.timeout, Duration::from_millis(250));
    }

    #[test]
    fn what_cannot_be_spoken_is_named_with_the_cure() {
        for (set, text) in [
            (
                ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://c"),
                "speaks no TLS",
            ),
            (("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"), "`http/protobuf`"),
        ] {
            let Err(Said::Wrong(why)) = wanted(&[set, ENDPOINT]) else {
                panic!("{set:?} is wrong");
            };
            assert!(why.contains(set.0) && why.contains(text), "{why}");
        }
    }
}
