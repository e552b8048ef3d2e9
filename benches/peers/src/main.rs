//! Executes the commands of the benches by HTTPS, gRPC, NATS or a gateway of hecate-om: `calls CALLERS
//! EACH BYTES` makes so many calls, which the server returns as they are. The server is a process of
//! its own.

mod grpc;
mod https;
mod nats;
mod server;

use std::time::Instant;

use hecate_om_benches::commands::{calls, next_command};

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["https", "serve"] => https::serve().await,
        ["grpc", "serve"] => grpc::serve().await,
        ["nats", "serve"] => nats::serve().await,
        ["https"] => {
            let (call, _server) = https::connect().await;
            run(call).await;
        }
        ["grpc"] => {
            let (call, _server) = grpc::connect().await;
            run(call).await;
        }
        ["gateway", url] => run(https::through_gateway(url)).await,
        ["nats"] => {
            let (call, _servers) = nats::connect().await;
            run(call).await;
        }
        _ => {
            eprintln!("usage: hecate-om-peers https|grpc|nats|gateway URL");
            std::process::exit(2);
        }
    }
}

/// Executes commands until the input ends.
async fn run<F: Future<Output = ()> + Send + 'static>(
    call: impl Fn(String) -> F + Clone + Send + Sync + 'static,
) {
    println!("ready");
    while let Some((command, numbers)) = next_command().await {
        let since = Instant::now();
        match (command.as_str(), numbers.as_slice()) {
            ("calls", [callers, each, bytes]) => {
                calls(*callers, *each, *bytes, call.clone()).await;
            }
            other => panic!("no such command: {other:?}"),
        }
        println!("{}", since.elapsed().as_secs_f64());
    }
}
