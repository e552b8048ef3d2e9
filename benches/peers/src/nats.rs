//! Request and reply by NATS, with a service of the micro API, without TLS. Needs `nats-server`.

use std::net::TcpListener;
use std::process::{Command, Stdio};

use async_nats::service::ServiceExt as _;
use async_nats::{Client, ConnectOptions};
use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;

use crate::server::{self, Server};

const URL: &str = "HECATE_BENCH_NATS";
const SUBJECT: &str = "echo";

async fn client(url: &str) -> Client {
    let options = ConnectOptions::new().retry_on_initial_connect();
    let client = options.connect(url).await.expect("the address is valid");
    // Waits until the server is there.
    client.flush().await.expect("the server is there");
    client
}

pub(crate) async fn serve() {
    let url = std::env::var(URL).expect("it is set by the parent");
    let client = client(&url).await;
    let service = client.service_builder().start("bench", "1.0.0").await;
    let service = service.expect("the service starts");
    let mut requests = service.endpoint(SUBJECT).await.expect("it listens");
    client.flush().await.expect("the server is there");
    println!("serving");
    while let Some(request) = requests.next().await {
        let answer = request.message.payload.clone();
        request.respond(Ok(answer)).await.expect("it is sent");
    }
}

/// Starts a server and a service, and returns a function that calls it.
pub(crate) async fn connect() -> (
    impl Fn(String) -> BoxFuture<'static, ()> + Clone,
    [Server; 2],
) {
    let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    let port = port.expect("a port is free").port();
    let broker = Server::start(
        Command::new("nats-server")
            .args(["-a", "127.0.0.1", "-p", &port.to_string()])
            .stdin(Stdio::null())
            .stderr(Stdio::null()),
    );
    let url = format!("nats://127.0.0.1:{port}");
    let (service, _, _) = server::start("nats", &[(URL, &url)]);
    let client = client(&url).await;
    let call = move |text: String| -> BoxFuture<'static, ()> {
        let client = client.clone();
        Box::pin(async move {
            let answer = client.request(SUBJECT, text.clone().into()).await;
            assert_eq!(
                answer.expect("the service answers").payload,
                text.as_bytes()
            );
        })
    };
    (call, [service, broker])
}
