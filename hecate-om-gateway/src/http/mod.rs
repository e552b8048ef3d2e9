//! The routes of the gateway.
//!
//! | request | answer |
//! |---|---|
//! | `POST /v1/<org>/<name>` | calls a unary procedure, or opens a stream, by its kind |
//! | `GET /v1/<org>/<name>?request=…` | the same, of an idempotent procedure |
//! | `GET /v1/<org>/<name>`, upgraded | a stream of any kind over a WebSocket |
//! | `GET /contents/<id>` | the bytes of a content, or a range of them |
//! | `GET /openapi.json` | the description of all of it (OpenAPI 3.1) |
//! | `GET /metrics` | what the gateway counts |
//! | `/mcp` | the capabilities as tools of agents (MCP), if the gateway has them |
//! | `GET /health`, `/health/live`, `/health/ready` | whether the gateway runs, and has a station |
//!
//! If the gateway has a table of callers, all but the last row needs a token of one of them.

mod access;
mod content;
mod headers;
mod lines;
mod metrics;
mod origin;
mod problem;
mod request;
mod response_stream;
mod unary;
mod websocket;

use std::sync::Arc;

use axum::Extension;
use axum::Router;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{DefaultBodyLimit, FromRequestParts, Path, Request, State};
use axum::http::{HeaderName, Method, StatusCode, header};
use axum::middleware;
use axum::response::{IntoResponse, Json, Response};
use axum::routing::{any, get};
use hecate_om_manifest::{Kind, is_procedure};
use serde_json::json;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tower_http::cors::{AllowOrigin, CorsLayer};

use crate::callers::Caller;
use crate::catalogue::Catalogue;
use crate::mcp::McpServer;
use crate::openapi;

pub(crate) use access::Access;
use headers::Answer;
use metrics::Metrics;
pub use origin::Origins;
use problem::Problem;
use request::Call;
pub(crate) use websocket::WebSockets;

/// What the routes share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) catalogue: Arc<Catalogue>,
    pub(crate) access: Access,
    /// Maximum size of a request's body, in bytes.
    pub(crate) max_body: usize,
    pub(crate) metrics: Metrics,
    /// Turns of the contents that are held in memory.
    pub(crate) downloads: Arc<Semaphore>,
    pub(crate) websockets: WebSockets,
    /// Cancelled when the gateway drains: streams end with an error then.
    pub(crate) draining: CancellationToken,
}

impl Shared {
    pub(crate) fn new(catalogue: Arc<Catalogue>, access: Access, max_body: usize) -> Self {
        Self {
            catalogue,
            access,
            max_body,
            metrics: Metrics::default(),
            downloads: Arc::new(Semaphore::new(content::MAX_DOWNLOADS)),
            websockets: WebSockets::default(),
            draining: CancellationToken::new(),
        }
    }
}

/// Returns the routes. `agents` is served at `/mcp`.
pub(crate) fn router(shared: Arc<Shared>, agents: Option<McpServer>) -> Router {
    let cors = CorsLayer::new()
        .allow_origin(AllowOrigin::list(shared.access.origins.allowed()))
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([
            header::ACCEPT,
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            header::RANGE,
            headers::REQUEST_TIMEOUT,
            headers::IDEMPOTENCY_KEY,
            // Of MCP.
            HeaderName::from_static("mcp-protocol-version"),
            HeaderName::from_static("mcp-session-id"),
            HeaderName::from_static("last-event-id"),
        ])
        .expose_headers([header::CONTENT_RANGE, header::RETRY_AFTER]);
    let max_body = shared.max_body;
    let mut routes = Router::new();
    if let Some(agents) = agents {
        let service = agents.into_http(max_body, shared.draining.clone());
        routes = routes.nest_service("/mcp", service);
    }
    routes
        .route("/v1/{org}/{name}", any(procedure))
        .route("/contents/{id}", get(content::get))
        .route("/openapi.json", get(description))
        .route("/metrics", get(metrics::show))
        .route("/health", get(health))
        .route("/health/ready", get(health))
        .route("/health/live", get(async || StatusCode::NO_CONTENT))
        .fallback(async || {
            Problem::new(
                StatusCode::NOT_FOUND,
                "not_found",
                "no such path; see `/openapi.json`",
            )
        })
        .layer(DefaultBodyLimit::max(max_body))
        .layer(cors)
        .layer(middleware::from_fn_with_state(
            Arc::clone(&shared),
            access::check,
        ))
        .layer(middleware::from_fn_with_state(
            Arc::clone(&shared),
            metrics::count,
        ))
        .with_state(shared)
}

/// Calls a procedure, or opens a stream.
async fn procedure(
    State(shared): State<Arc<Shared>>,
    Path((org, name)): Path<(String, String)>,
    caller: Option<Extension<Arc<Caller>>>,
    request: Request,
) -> Result<Response, Problem> {
    let procedure = format!("{org}/{name}");
    let caller = caller.map(|Extension(caller)| caller);
    let is_exposed = is_procedure(&procedure) && shared.catalogue.exposes(&procedure);
    let may_call = caller
        .as_ref()
        .is_none_or(|caller| caller.may_call(&procedure));
    if !is_exposed || !may_call {
        return Err(Problem::not_found(&procedure));
    }
    let (mut parts, body) = request.into_parts();
    let upgrade = WebSocketUpgrade::from_request_parts(&mut parts, &shared)
        .await
        .ok();
    let found = shared.catalogue.find(&procedure).await;
    let mut call = Call::read(procedure, found, caller, &parts)?;
    call.check_key()?;
    if let Some(upgrade) = upgrade {
        return Ok(websocket::open(upgrade, shared, call));
    }
    call.check_method(&parts.method)?;
    match call.kind() {
        Kind::Unary => {
            call.read_body(Request::from_parts(parts, body), shared.max_body)
                .await?;
            unary::answer(&shared, call).await
        }
        Kind::ServerStreaming => {
            let answer = Answer::of_stream(&parts.headers)?;
            call.read_body(Request::from_parts(parts, body), shared.max_body)
                .await?;
            response_stream::answer(shared, call, answer).await
        }
        Kind::ClientStreaming => lines::send(&shared, call, &parts.headers, body).await,
        Kind::Bidirectional => {
            let detail = format!(
                "`{}` is bidirectional: open it with a WebSocket at the same address",
                call.procedure
            );
            let problem = Problem::new(StatusCode::UPGRADE_REQUIRED, "wrong_kind", detail);
            let upgrade = [
                (header::UPGRADE, "websocket"),
                (header::CONNECTION, "upgrade"),
            ];
            Ok((upgrade, problem).into_response())
        }
    }
}

/// Describes what the caller may call.
async fn description(
    State(shared): State<Arc<Shared>>,
    caller: Option<Extension<Arc<Caller>>>,
) -> Result<Response, Problem> {
    let caller = caller.map(|Extension(caller)| caller);
    let services = shared.catalogue.services().await;
    let services = services.map_err(|error| Problem::of_call(&error, false))?;
    let may_call = |procedure: &str| {
        caller
            .as_ref()
            .is_none_or(|caller| caller.may_call(procedure))
    };
    Ok(Json(openapi::document(&services, may_call)).into_response())
}

/// Answers whether a station answers.
async fn health(State(shared): State<Arc<Shared>>) -> Response {
    if shared.catalogue.is_linked().await {
        return Json(json!({"status": "ok"})).into_response();
    }
    let body = Json(json!({"status": "degraded", "reason": "no station answers"}));
    (StatusCode::SERVICE_UNAVAILABLE, body).into_response()
}
