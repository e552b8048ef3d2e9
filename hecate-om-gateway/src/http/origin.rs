//! Which requests are refused for where they come from: by the name under which the gateway was addressed, and by
//! the page that a browser sent them from.

use std::net::IpAddr;

use axum::extract::Request;
use axum::http::header::{HOST, ORIGIN};
use axum::http::uri::Authority;
use axum::http::{HeaderName, HeaderValue, StatusCode};

use super::problem::Problem;

/// Header by which a browser says whose page made it send a request (W3C Fetch Metadata).
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The names of the gateway, and the pages whose scripts may call it.
///
/// Any page can make a browser send requests to an address of its own machine or network. A name
/// that resolves to the gateway's address is therefore not enough (DNS rebinding), and a page of
/// another origin is refused, also where its request needs no preflight.
#[derive(Debug, Clone, Default)]
pub struct Origins {
    hosts: Vec<String>,
    allowed: Vec<HeaderValue>,
}

impl Origins {
    /// `hosts` are the gateway's names besides IP addresses and `localhost`. `allowed` are the
    /// origins of other pages, such as `https://app.acme.org`.
    ///
    /// # Errors
    ///
    /// Returns the first text that is not an origin.
    pub fn new(hosts: Vec<String>, allowed: &[String]) -> Result<Self, String> {
        let allowed: Result<_, String> =
            allowed.iter().map(|origin| parse_origin(origin)).collect();
        Ok(Self {
            hosts,
            allowed: allowed?,
        })
    }

    pub(super) fn allowed(&self) -> Vec<HeaderValue> {
        self.allowed.clone()
    }

    fn names(&self, host: &str) -> bool {
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        host.eq_ignore_ascii_case("localhost")
            || bare.parse::<IpAddr>().is_ok()
            || self
                .hosts
                .iter()
                .any(|name| name.eq_ignore_ascii_case(host))
    }
}

fn parse_origin(text: &str) -> Result<HeaderValue, String> {
    let authority = text.split_once("://").filter(|(scheme, rest)| {
        ["http", "https"].contains(scheme) && rest.parse::<Authority>().is_ok()
    });
    match (authority, HeaderValue::from_str(text)) {
        (Some(_), Ok(value)) => Ok(value),
        _ => Err(format!(
            "`{text}` is not an origin; write scheme, host and port only, as in `https://app.acme.org`"
        )),
    }
}

/// Returns why a request is refused that was sent to another name, or by a page of another origin.
pub(super) fn refusal(origins: &Origins, request: &Request) -> Option<Problem> {
    let header = |name| {
        request
            .headers()
            .get(name)
            .and_then(|value| value.to_str().ok())
    };
    // HTTP/2 has the name in the address.
    let of_header = || header(HOST)?.parse::<Authority>().ok();
    let authority = request.uri().authority().cloned().or_else(of_header);
    let Some(authority) = authority.filter(|authority| origins.names(authority.host())) else {
        return Some(Problem::new(
            StatusCode::MISDIRECTED_REQUEST,
            "unknown_host",
            "this gateway does not have the name of the request; address it by IP or as `localhost`, or start it with \
             `--host NAME`",
        ));
    };
    let is_own = |origin: &HeaderValue| {
        let origin = origin
            .to_str()
            .ok()
            .and_then(|origin| origin.split_once("://"));
        origin.is_some_and(|(_, of)| of.eq_ignore_ascii_case(authority.as_str()))
    };
    let is_allowed = match request.headers().get(ORIGIN) {
        Some(origin) => is_own(origin) || origins.allowed.contains(origin),
        // A page of another origin can load an address, as of an image, without an `Origin`.
        None => header(SEC_FETCH_SITE).is_none_or(|site| ["same-origin", "none"].contains(&site)),
    };
    (!is_allowed).then(|| {
        Problem::new(
            StatusCode::FORBIDDEN,
            "forbidden_origin",
            "pages of this origin may not call the gateway; `--cors-origin ORIGIN` of the gateway allows it",
        )
    })
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    fn code(origins: &Origins, host: &str, origin: Option<&str>) -> Option<String> {
        let mut request = Request::builder().uri("/v1/a/b").header(HOST, host);
        if let Some(origin) = origin {
            request = request.header(ORIGIN, origin);
        }
        let request = request.body(Body::empty()).unwrap();
        refusal(origins, &request).map(|problem| problem.code)
    }

    #[test]
    fn a_name_that_only_resolves_to_the_gateway_is_refused() {
        let origins = Origins::new(vec!["api.acme.org".into()], &[]).unwrap();
        for host in [
            "127.0.0.1:8480",
            "[::1]:8480",
            "localhost",
            "LOCALHOST:1",
            "api.acme.org",
        ] {
            assert_eq!(code(&origins, host, None), None, "{host}");
        }
        for host in [
            "evil.example:8480",
            "localhost.evil.example",
            "acme.org",
            "",
            "a b",
        ] {
            assert_eq!(
                code(&origins, host, None).as_deref(),
                Some("unknown_host"),
                "{host}"
            );
        }
    }

    #[test]
    fn a_page_of_another_origin_is_refused_unless_it_is_allowed() {
        let origins = Origins::new(Vec::new(), &["https://app.acme.org".into()]).unwrap();
        for origin in ["http://127.0.0.1:8480", "https://app.acme.org"] {
            assert_eq!(
                code(&origins, "127.0.0.1:8480", Some(origin)),
                None,
                "{origin}"
            );
        }
        for origin in [
            "http://127.0.0.1:9",
            "https://app.acme.org.evil.example",
            "null",
            "https://evil.example",
        ] {
            let refused = code(&origins, "127.0.0.1:8480", Some(origin));
            assert_eq!(refused.as_deref(), Some("forbidden_origin"), "{origin}");
        }
    }

    #[test]
    fn what_a_page_of_another_origin_loads_is_refused() {
        let origins = Origins::default();
        for (site, is_refused) in [
            ("cross-site", true),
            ("same-site", true),
            ("same-origin", false),
            ("none", false),
        ] {
            let request = Request::builder()
                .uri("/v1/a/b?request=1")
                .header(HOST, "127.0.0.1:8481")
                .header(SEC_FETCH_SITE, site);
            let request = request.body(Body::empty()).unwrap();
            assert_eq!(refusal(&origins, &request).is_some(), is_refused, "{site}");
        }
    }

    #[test]
    fn an_origin_has_a_scheme_and_a_host_only() {
        for text in [
            "app.acme.org",
            "https://app.acme.org/",
            "ftp://a",
            "*",
            "https://",
        ] {
            let error = Origins::new(Vec::new(), &[text.into()]).expect_err(text);
            assert!(error.contains("is not an origin"), "{error}");
        }
    }
}
