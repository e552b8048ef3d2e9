//! gRPC over HTTP/2 with TLS, by tonic.

use futures_util::future::BoxFuture;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Identity, Server, ServerTlsConfig};
use tonic::{Request, Response, Status};

use crate::server::{self, NAME};

mod generated {
    #![allow(missing_docs, unreachable_pub)]

    include!(concat!(env!("OUT_DIR"), "/bench.Echo.rs"));
}

use generated::echo_client::EchoClient;
use generated::echo_server::{Echo, EchoServer};

/// Request and answer.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Text {
    #[prost(string, tag = "1")]
    text: String,
}

struct Service;

#[tonic::async_trait]
impl Echo for Service {
    async fn echo(&self, request: Request<Text>) -> Result<Response<Text>, Status> {
        Ok(Response::new(request.into_inner()))
    }
}

pub(crate) async fn serve() {
    let (certificate, key) = server::identity();
    let address = "127.0.0.1:0".parse().expect("an address");
    let incoming = TcpIncoming::bind(address).expect("a port is free");
    let incoming = incoming.with_nodelay(Some(true));
    println!("{}", incoming.local_addr().expect("it is bound").port());
    let tls = ServerTlsConfig::new().identity(Identity::from_pem(certificate, key));
    Server::builder()
        .tls_config(tls)
        .expect("the certificate is valid")
        .add_service(EchoServer::new(Service))
        .serve_with_incoming(incoming)
        .await
        .expect("it serves");
}

/// Starts a server, and returns a function that calls it.
pub(crate) async fn connect() -> (
    impl Fn(String) -> BoxFuture<'static, ()> + Clone,
    server::Server,
) {
    let (server, port, certificate) = server::start("grpc", &[]);
    let tls = ClientTlsConfig::new()
        .ca_certificate(Certificate::from_pem(certificate))
        .domain_name(NAME);
    let channel = Channel::from_shared(format!("https://127.0.0.1:{port}"));
    let channel = channel.expect("an address").tls_config(tls);
    let channel = channel.expect("the certificate is valid").connect().await;
    let client = EchoClient::new(channel.expect("the server accepts it"));
    let call = move |text: String| -> BoxFuture<'static, ()> {
        let mut client = client.clone();
        Box::pin(async move {
            let request = Text { text };
            let answer = client.echo(request.clone()).await;
            assert_eq!(answer.expect("the server answers").into_inner(), request);
        })
    };
    (call, server)
}
