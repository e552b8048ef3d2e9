//! The health endpoints on a stream, for fuzz targets.

use tokio::io::{AsyncRead, AsyncWrite};

use crate::health::{HealthState, ServiceInfo, serve_stream};

/// Serves one connection to the health endpoints of a service that is starting.
pub async fn serve_health<S>(stream: S)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = ServiceInfo {
        name: "hecate-echo",
        version: "0.1.0",
        description: "Echoes the request.",
    };
    serve_stream(stream, HealthState::new(service, "{}")).await;
}
