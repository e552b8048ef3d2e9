use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::check::{ProbeError, probe_tcp, retry_until_timeout};
use super::connections::{AT_ONCE, serve};
use super::*;
use crate::certificate::tests::of_last_month;
use crate::certificate::{CertificateFiles, ClientCert, Principal, ServiceCert, load_and_renew};
use hecate_om_test_support::TestPki;

fn echo() -> Principal {
    Principal {
        service: "hecate-echo".into(),
        org: "acme".into(),
    }
}

fn health_state(certificate: Option<&ServiceCert>) -> Arc<HealthState> {
    let service = ServiceInfo {
        name: "hecate-echo",
        version: "0.1.0",
        description: "Echoes the request",
    };
    let health_state = HealthState::new(service, "{}");
    if let Some(certificate) = certificate {
        health_state.certificate.set(certificate.clone()).unwrap();
    }
    health_state.set_stage(Stage::Live);
    health_state
}

async fn listen(certificate: Option<ServiceCert>) -> (HealthServer, SocketAddr) {
    let health_state = health_state(certificate.as_ref());
    let listen = ListenAddresses {
        tcp: Some((Ipv4Addr::LOCALHOST, 0).into()),
        socket: None,
        certificate,
    };
    let server = bind(listen, health_state).await.unwrap();
    let address = server.address.trim_end_matches("/health");
    let (_, addr) = address.split_once("://").unwrap();
    let addr = addr.parse().unwrap();
    (server, addr)
}

async fn probe(addr: SocketAddr) -> Result<(), String> {
    let asked = probe_tcp(&[addr], "hecate-echo").await;
    asked.map_err(|error| error.to_string())
}

/// Returns a folder with a certificate that is valid for `days` days.
fn folder(days: i32) -> (tempfile::TempDir, CertificateFiles) {
    let dir = tempfile::tempdir().unwrap();
    let pki = TestPki::new();
    pki.write_files(dir.path(), &pki.issue(&["hecate-echo"], days));
    let files = CertificateFiles::new(dir.path());
    (dir, files)
}

#[tokio::test]
async fn an_expired_certificate_makes_the_service_down_and_not_dead() {
    let (_dir, files) = folder(-2);
    for client in [ClientCert::Off, ClientCert::Required] {
        let cert = of_last_month(&files, &echo(), client);
        let health_state = health_state(Some(&cert));
        assert_eq!(health_state.verdict().status(), "down");
        assert_eq!(
            health_state.ready(),
            Err("the service certificate has expired".to_owned())
        );
        let (ok, body) = health_state.body();
        assert!(!ok);
        assert_eq!(body["certificate"]["days_left"], -2);
        let (server, addr) = listen(Some(cert)).await;
        assert_eq!(probe(addr).await, Ok(()), "{client:?}");
        server.close().await;
    }
}

#[tokio::test]
async fn the_authors_health_check_takes_precedence_over_the_certificate() {
    let (_dir, files) = folder(10);
    let cert = load_and_renew(files, echo(), ClientCert::Off)
        .await
        .unwrap();
    let health_state = health_state(cert.as_ref());
    assert_eq!(health_state.verdict().status(), "degraded");
    assert_eq!(
        health_state.ready(),
        Ok(()),
        "degraded is no reason to turn calls away"
    );
    health_state.sample.send_replace(Some(HealthSample {
        health: Health::down("the disk is full"),
        at: Instant::now(),
    }));
    assert_eq!(health_state.verdict(), Health::down("the disk is full"));
}

#[tokio::test]
async fn a_service_without_tls_is_probed_by_http() {
    let (_server, addr) = listen(None).await;
    assert_eq!(probe(addr).await, Ok(()));
}

#[tokio::test]
async fn incomplete_requests_do_not_block_others() {
    let (_server, addr) = listen(None).await;
    let mut idle = Vec::new();
    for _ in 0..2 * AT_ONCE {
        let mut client = TcpStream::connect(addr).await.unwrap();
        client.write_all(b"GET /health HTTP/1.1\r\n").await.unwrap();
        idle.push(client);
    }
    assert_eq!(probe(addr).await, Ok(()));
    // The oldest connections are closed at once.
    let mut end = [0];
    let read = idle[0].read(&mut end).await;
    assert!(matches!(read, Ok(0) | Err(_)), "{read:?}");
}

#[tokio::test]
async fn a_request_that_is_being_answered_is_not_evicted_by_a_flood_of_connections() {
    let tcp = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
    let tcp = tcp.unwrap();
    let addr = tcp.local_addr().unwrap();
    let (entered, release) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (enter, released) = (Arc::clone(&entered), Arc::clone(&release));
    let router = axum::Router::new().fallback(async move || {
        enter.notify_one();
        released.notified().await;
        "answered"
    });
    let accept = move |stream| std::future::ready(Some((stream, router.clone())));
    let closing = CancellationToken::new();
    let serving = tokio::spawn(serve(tcp, accept, closing.clone()));
    let answer = tokio::spawn(get_without_tls(addr, "/"));
    entered.notified().await;
    let mut flood = Vec::new();
    for _ in 0..2 * AT_ONCE {
        flood.push(TcpStream::connect(addr).await.unwrap());
    }
    // The flood has been accepted once its oldest connection is closed.
    let mut end = [0];
    let read = flood[0].read(&mut end).await;
    assert!(matches!(read, Ok(0) | Err(_)), "{read:?}");
    release.notify_one();
    let answer = answer.await.unwrap();
    assert!(answer.ends_with("answered"), "{answer}");
    drop(flood);
    closing.cancel();
    serving.await.unwrap();
}

#[tokio::test]
async fn clients_that_do_not_read_their_answers_are_closed_for_others() {
    let tcp = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
    let tcp = tcp.unwrap();
    let addr = tcp.local_addr().unwrap();
    let endless = || async {
        let body = futures_util::stream::pending::<Result<&str, std::convert::Infallible>>();
        axum::body::Body::from_stream(body)
    };
    let router = axum::Router::new()
        .route("/endless", axum::routing::get(endless))
        .fallback(async || "answered");
    let accept = move |stream| std::future::ready(Some((stream, router.clone())));
    let serving = tokio::spawn(serve(tcp, accept, CancellationToken::new()));
    let mut unread = Vec::new();
    for _ in 0..AT_ONCE {
        let mut client = TcpStream::connect(addr).await.unwrap();
        let request = b"GET /endless HTTP/1.1\r\n\r\n";
        client.write_all(request).await.unwrap();
        unread.push(client);
    }
    let answer = get_without_tls(addr, "/").await;
    assert!(answer.ends_with("answered"), "{answer}");
    serving.abort();
}

#[tokio::test]
async fn a_probe_whose_connection_is_closed_is_retried() {
    let tcp = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
    let tcp = tcp.unwrap();
    let addr = tcp.local_addr().unwrap();
    let closing_first = tokio::spawn(async move {
        drop(tcp.accept().await.unwrap());
        let (mut client, _) = tcp.accept().await.unwrap();
        assert_ne!(client.read(&mut [0; 1024]).await.unwrap(), 0);
        let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
        client.write_all(answer).await.unwrap();
    });
    let asked = retry_until_timeout(async || probe_tcp(&[addr], "hecate-echo").await);
    assert_eq!(asked.await, Ok(()));
    closing_first.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_probe_fails_at_its_timeout() {
    let since = tokio::time::Instant::now();
    let unanswered = retry_until_timeout(async || std::future::pending().await);
    assert_eq!(unanswered.await, Err("no answer within 4s".to_owned()));
    assert_eq!(since.elapsed().as_secs(), 4);
    let closed = retry_until_timeout(async || Err(ProbeError::Closed("closed".into())));
    assert_eq!(closed.await, Err("no answer within 4s".to_owned()));
    assert_eq!(since.elapsed().as_secs(), 8);
}

#[tokio::test]
async fn the_probe_notices_another_service_on_the_port() {
    let (_dir, files) = folder(90);
    let certificate = load_and_renew(files, echo(), ClientCert::Off)
        .await
        .unwrap();
    for certificate in [None, certificate] {
        let (_server, addr) = listen(certificate).await;
        let error = probe_tcp(&[addr], "hecate-rag")
            .await
            .unwrap_err()
            .to_string();
        assert!(error.contains("another service answers there"), "{error}");
    }
}

#[tokio::test]
async fn the_probe_finds_the_loopback_address_that_is_bound() {
    let (_server, addr) = listen(None).await;
    let closed = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let unused = closed.local_addr().unwrap();
    drop(closed);
    assert!(probe_tcp(&[unused, addr], "hecate-echo").await.is_ok());
}

#[tokio::test]
async fn a_loopback_listener_refuses_the_names_of_other_hosts() {
    let (_server, addr) = listen(None).await;
    let paths = ["/health", "/health/live", "/metrics", "/manifest.json"];
    let get = async |path: &str, host: &str| {
        let request = format!("GET {path} HTTP/1.1\r\nhost: {host}\r\n\r\n");
        request_without_tls(addr, &request).await
    };
    for path in paths {
        for host in ["localhost", "LOCALHOST:80", "127.0.0.1:8470", "[::1]:8470"] {
            let answer = get(path, host).await;
            assert!(answer.starts_with("HTTP/1.1 200 "), "{host}: {answer}");
        }
        for host in [
            "rebound.example",
            "rebound.example:8470",
            "localhost.rebound.example",
            "127.0.0.1.rebound.example",
            "localhost@rebound.example",
            "",
        ] {
            let answer = get(path, host).await;
            assert!(answer.starts_with("HTTP/1.1 421 "), "{host}: {answer}");
        }
    }
    // The name in the target takes precedence.
    let absolute = "GET http://rebound.example/health HTTP/1.1\r\nhost: localhost\r\n\r\n";
    let answer = request_without_tls(addr, absolute).await;
    assert!(answer.starts_with("HTTP/1.1 421 "), "{answer}");
}

/// Sends a request for `path` without TLS and without a host, and returns the answer.
async fn get_without_tls(addr: SocketAddr, path: &str) -> String {
    request_without_tls(addr, &format!("GET {path} HTTP/1.1\r\n\r\n")).await
}

async fn request_without_tls(addr: SocketAddr, request: &str) -> String {
    let mut plain = TcpStream::connect(addr).await.unwrap();
    plain.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    plain.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn a_tls_port_answers_only_liveness_without_tls() {
    let (_dir, files) = folder(90);
    let certificate = load_and_renew(files, echo(), ClientCert::Required)
        .await
        .unwrap();
    let (_server, addr) = listen(certificate).await;
    let answer = get_without_tls(addr, "/health/live").await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    for path in [
        "/health",
        "/health/ready",
        "/metrics",
        "/manifest.json",
        "/",
    ] {
        let answer = get_without_tls(addr, path).await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
        assert!(answer.ends_with("use `https://`\n"), "{answer}");
    }
}

#[tokio::test]
async fn clients_that_never_start_a_handshake_do_not_block_others() {
    let (_dir, files) = folder(90);
    let cert = load_and_renew(files, echo(), ClientCert::Off)
        .await
        .unwrap();
    let (_server, addr) = listen(cert).await;
    let mut silent = Vec::new();
    for _ in 0..2 * AT_ONCE {
        silent.push(TcpStream::connect(addr).await.unwrap());
    }
    assert_eq!(probe(addr).await, Ok(()));
    // The silent connections are closed.
    let mut end = [0];
    let read = silent[0].read(&mut end).await;
    assert!(matches!(read, Ok(0) | Err(_)), "{read:?}");
}
