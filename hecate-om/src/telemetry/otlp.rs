//! Export of traces to an OpenTelemetry collector, by OTLP over HTTP with protobuf.
//!
//! The standard variables configure the export. `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` or
//! `OTEL_EXPORTER_OTLP_ENDPOINT` sets the collector; if neither is set, nothing is sent. The SDK
//! reads the other variables: `OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES`,
//! `OTEL_EXPORTER_OTLP_HEADERS`, `OTEL_EXPORTER_OTLP_TIMEOUT`, `OTEL_TRACES_SAMPLER`, `OTEL_BSP_*`.
//! A thread of the SDK sends spans from a bounded queue. If the collector is unreachable, spans are
//! dropped, and calls never wait.
//!
//! No other module uses the types of OpenTelemetry, because its crates are released often and
//! together.

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

/// Timeout of sending the last spans.
const FLUSH: Duration = Duration::from_secs(3);
/// Default of `OTEL_EXPORTER_OTLP_TIMEOUT`.
const TIMEOUT: Duration = Duration::from_secs(10);

static PROVIDER: OnceLock<SdkTracerProvider> = OnceLock::new();

/// Status of the export, logged once the logger is installed.
#[derive(Debug)]
pub(super) enum ExportStatus {
    Enabled { endpoint: String },
    Disabled { reason: &'static str },
    Misconfigured { reason: String },
}

impl ExportStatus {
    pub(super) fn log(&self) {
        match self {
            Self::Enabled { endpoint } => tracing::info!(endpoint, "traces are sent by OTLP"),
            Self::Disabled { reason } => tracing::info!(reason, "no traces are sent"),
            Self::Misconfigured { reason } => tracing::warn!(reason, "no traces are sent"),
        }
    }
}

/// Returns the layer that sends spans, if the environment configures a collector.
pub(super) fn layer<S>(
    name: &'static str,
    version: &'static str,
) -> (Option<impl Layer<S>>, ExportStatus)
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let config = match OtlpConfig::read(|variable| std::env::var(variable).ok()) {
        Ok(config) => config,
        Err(status) => return (None, status),
    };
    let exporter = OtlpExporter::builder()
        .with_http()
        .with_protocol(Protocol::HttpBinary)
        .with_http_client(RuntimeHttpClient {
            client: HyperClient::with_default_connector(config.timeout, None),
            runtime: Handle::current(),
        })
        .build();
    let exporter = match exporter {
        Ok(exporter) => exporter,
        Err(error) => {
            let reason = format!("{}: {error}", config.variable);
            return (None, ExportStatus::Misconfigured { reason });
        }
    };
    let provider = SdkTracerProvider::builder()
        .with_batch_exporter(ConventionExporter {
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
    // A second service in the process uses the provider of the first one.
    let _ = PROVIDER.set(provider);
    let endpoint = config.endpoint;
    (Some(layer), ExportStatus::Enabled { endpoint })
}

/// Sends the queued spans. Times out if there is no collector.
pub(super) async fn flush() {
    let Some(provider) = PROVIDER.get() else {
        return;
    };
    // This call blocks its thread while the SDK's thread sends.
    let flushing = tokio::task::spawn_blocking(|| provider.shutdown_with_timeout(FLUSH));
    match tokio::time::timeout(FLUSH + Duration::from_secs(1), flushing).await {
        Ok(Ok(Ok(()))) => {}
        Ok(Ok(Err(error))) => tracing::warn!(%error, "the last traces were not sent"),
        _ => tracing::warn!(timeout = ?FLUSH, "sending the last traces timed out"),
    }
}

/// Configuration of the export.
#[derive(Debug, PartialEq, Eq)]
struct OtlpConfig {
    /// Name of the variable that set the endpoint.
    variable: &'static str,
    endpoint: String,
    timeout: Duration,
}

impl OtlpConfig {
    fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, ExportStatus> {
        let value = |name: &str| variable(name).filter(|value| !value.trim().is_empty());
        let is = |name: &str, text: &str| value(name).is_some_and(|v| v.eq_ignore_ascii_case(text));
        let disabled = |reason| Err(ExportStatus::Disabled { reason });
        if is("OTEL_SDK_DISABLED", "true") {
            return disabled("OTEL_SDK_DISABLED is true");
        }
        if is("OTEL_TRACES_EXPORTER", "none") {
            return disabled("OTEL_TRACES_EXPORTER is set to `none`");
        }
        let first = |names: [&'static str; 2]| names.into_iter().find_map(|n| Some((n, value(n)?)));
        let Some((variable, endpoint)) = first([
            "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
            "OTEL_EXPORTER_OTLP_ENDPOINT",
        ]) else {
            return disabled("OTEL_EXPORTER_OTLP_ENDPOINT is not set");
        };
        if !endpoint.starts_with("http://") {
            let reason = format!(
                "{variable}: `{endpoint}` does not start with `http://`, and this exporter does not support TLS; set a \
                 collector on this machine or in its pod, for example `http://localhost:4318`, that forwards traces"
            );
            return Err(ExportStatus::Misconfigured { reason });
        }
        let protocol = first([
            "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL",
            "OTEL_EXPORTER_OTLP_PROTOCOL",
        ]);
        if let Some((variable, protocol)) = protocol
            && protocol != "http/protobuf"
        {
            let reason = format!(
                "{variable}: the protocol `{protocol}` is not supported; unset the variable, or set `http/protobuf` \
                 and the collector's port for it (commonly 4318)"
            );
            return Err(ExportStatus::Misconfigured { reason });
        }
        let timeout = first([
            "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT",
            "OTEL_EXPORTER_OTLP_TIMEOUT",
        ]);
        Ok(Self {
            variable,
            endpoint,
            // The SDK reports a value that is not a number.
            timeout: timeout
                .and_then(|(_, ms)| ms.trim().parse().ok())
                .map_or(TIMEOUT, Duration::from_millis),
        })
    }
}

/// Returns the resource of the traces: the attributes from the environment, with the service's name
/// and version as defaults.
fn resource(name: &'static str, version: &'static str) -> Resource {
    let environment = Resource::builder().build();
    let is_set = |key: &'static str| {
        let value = environment.get(&Key::from_static_str(key))?;
        (!value.as_str().starts_with("unknown_service")).then_some(())
    };
    let service = [("service.name", name), ("service.version", version)];
    let missing = service.into_iter().filter(|(key, _)| is_set(key).is_none());
    Resource::builder()
        .with_attributes(missing.map(|(key, value)| KeyValue::new(key, value)))
        .build()
}

/// HTTP client that runs requests on the service's runtime, because the SDK's thread has no
/// runtime.
#[derive(Debug)]
struct RuntimeHttpClient {
    client: HyperClient,
    runtime: Handle,
}

#[async_trait::async_trait]
impl HttpClient for RuntimeHttpClient {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let client = self.client.clone();
        self.runtime
            .spawn(async move { client.send_bytes(request).await })
            .await?
    }
}

/// Exporter that applies OpenTelemetry's conventions to spans, and logs when sending starts to fail
/// and when it succeeds again.
#[derive(Debug)]
struct ConventionExporter<E> {
    exporter: E,
    failing: AtomicBool,
}

impl<E: SpanExporter> SpanExporter for ConventionExporter<E> {
    async fn export(&self, mut batch: Vec<SpanData>) -> OTelSdkResult {
        batch.iter_mut().for_each(apply_conventions);
        let result = self.exporter.export(batch).await;
        match (
            &result,
            self.failing.swap(result.is_err(), Ordering::Relaxed),
        ) {
            (Err(error), false) => {
                tracing::warn!(
                    %error,
                    "sending traces failed; they are dropped until the collector accepts them"
                );
            }
            (Ok(()), true) => tracing::info!("the collector accepts traces again"),
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

/// Applies the RPC conventions to the span of a call: kind, name and error type.
fn apply_conventions(span: &mut SpanData) {
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
        // A span with the same name that the service's author created.
        return;
    };
    let method = match get("version") {
        // The tracing layer writes unsigned integers as text.
        Some(version) if version.as_str() != "1" => format!("{method}_v{version}"),
        _ => method.to_string(),
    };
    let outcome = get("outcome").map_or_else(String::new, |outcome| outcome.to_string());
    // A refusal is an error in the client's span, but not in the server's.
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

    fn config(set: &[(&str, &str)]) -> Result<OtlpConfig, ExportStatus> {
        OtlpConfig::read(|name| {
            let (_, value) = set.iter().find(|(variable, _)| *variable == name)?;
            Some((*value).to_owned())
        })
    }

    const ENDPOINT: (&str, &str) = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4318");

    #[test]
    fn without_an_endpoint_nothing_is_sent() {
        assert!(matches!(config(&[]), Err(ExportStatus::Disabled { .. })));
        let blank = config(&[("OTEL_EXPORTER_OTLP_ENDPOINT", " ")]);
        assert!(matches!(blank, Err(ExportStatus::Disabled { .. })));
        let off = config(&[ENDPOINT, ("OTEL_SDK_DISABLED", "true")]);
        assert!(matches!(off, Err(ExportStatus::Disabled { .. })));
    }

    #[test]
    fn the_endpoint_of_traces_takes_precedence() {
        let traces = "http://collector:4318/v1/traces";
        let set = [ENDPOINT, ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", traces)];
        assert_eq!(config(&set).unwrap().endpoint, traces);
        let config = config(&[ENDPOINT, ("OTEL_EXPORTER_OTLP_TIMEOUT", "250")]).unwrap();
        assert_eq!(config.timeout, Duration::from_millis(250));
    }

    #[test]
    fn an_unsupported_protocol_is_reported_with_a_remedy() {
        for (set, text) in [
            (
                ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://c"),
                "does not support TLS",
            ),
            (("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"), "`http/protobuf`"),
        ] {
            let Err(ExportStatus::Misconfigured { reason }) = config(&[set, ENDPOINT]) else {
                panic!("{set:?} is wrong");
            };
            assert!(reason.contains(set.0) && reason.contains(text), "{reason}");
        }
    }
}
