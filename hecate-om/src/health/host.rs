//! Host names that a loopback listener answers to.
//!
//! A web page can make the name of its own site resolve to loopback (DNS rebinding). Its scripts
//! then read the answers of every listener there that does not look at the name.

use std::net::IpAddr;

use axum::extract::Request;
use axum::http::uri::Authority;
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// Answers only requests that name this machine. A request without a name is not from a browser.
pub(super) async fn refuse_other_names(request: Request, next: Next) -> Response {
    let is_local = match (
        request.uri().authority(),
        request.headers().get(header::HOST),
    ) {
        (Some(authority), _) => is_local(authority),
        (None, Some(host)) => host
            .to_str()
            .is_ok_and(|host| host.parse().is_ok_and(|authority| is_local(&authority))),
        (None, None) => true,
    };
    if is_local {
        return next.run(request).await;
    }
    let hint =
        "this listener is on loopback only; request it as `localhost` or by its IP address\n";
    (StatusCode::MISDIRECTED_REQUEST, hint).into_response()
}

/// Returns whether a host is `localhost` or an IP address: no site can have these as its name.
fn is_local(authority: &Authority) -> bool {
    let host = authority.host();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost") || address.parse::<IpAddr>().is_ok()
}
