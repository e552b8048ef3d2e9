//! JSON over HTTP/1.1 with TLS, by axum and reqwest.

use std::net::TcpListener;
use std::sync::Arc;

use axum::routing::post;
use axum::{Json, Router};
use axum_server::tls_rustls::RustlsConfig;
use futures_util::future::BoxFuture;
use reqwest::{Certificate, Client};

use crate::server::{self, NAME, Server};

pub(crate) async fn serve() {
    let (certificate, key) = server::identity();
    let config = RustlsConfig::from_pem(certificate.into(), key.into()).await;
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = listener.local_addr().expect("it is bound");
    let app = Router::new().route(
        "/echo",
        post(|Json(text): Json<String>| async { Json(text) }),
    );
    println!("{}", address.port());
    axum_server::from_tcp_rustls(listener, config.expect("the certificate is valid"))
        .expect("it listens")
        .serve(app.into_make_service())
        .await
        .expect("it serves");
}

/// Returns a function that calls `hecate-echo` through a gateway of hecate-om, in plain HTTP.
pub(crate) fn through_gateway(
    url: &str,
) -> impl Fn(String) -> BoxFuture<'static, ()> + Clone + use<> {
    calling(Client::new(), &format!("{url}/v1/hecate-echo/echo.say"))
}

/// Starts a server, and returns a function that calls it.
pub(crate) async fn connect() -> (impl Fn(String) -> BoxFuture<'static, ()> + Clone, Server) {
    let (server, port, certificate) = server::start("https", &[]);
    let certificate = Certificate::from_pem(certificate.as_bytes()).expect("it is valid");
    let client = Client::builder()
        .tls_certs_only([certificate])
        .resolve(NAME, ([127, 0, 0, 1], 0).into())
        .build();
    let client = client.expect("the client is valid");
    let call = calling(client, &format!("https://{NAME}:{port}/echo"));
    (call, server)
}

/// Returns a function that posts a text, which the server returns as it is.
fn calling(client: Client, url: &str) -> impl Fn(String) -> BoxFuture<'static, ()> + Clone + use<> {
    let url: Arc<str> = url.into();
    move |text: String| -> BoxFuture<'static, ()> {
        let (client, url) = (client.clone(), Arc::clone(&url));
        Box::pin(async move {
            let answer = client.post(&*url).json(&text).send().await;
            let answer = answer.expect("the server answers");
            assert_eq!(answer.json::<String>().await.expect("a text"), text);
        })
    }
}
