//! Process that uses `macula-rust` directly, and executes commands. Shared with the crate
//! `benches/unpatched`, so it uses no crate of the workspace but the table's.

pub(crate) mod node;

use std::path::Path;
use std::time::Instant;

use hecate_om_benches::commands::{CALLS_ONLY, ORG, calls, next_command};
use macula_rust::cbor::Value;

pub(crate) use node::Node;

/// Links to the mesh, serves `<org>/echo.say` and `<org>/count`, and executes commands until the input
/// ends.
pub(crate) async fn run(mesh: &Path) {
    let org = std::env::var(ORG).expect("the org is set");
    let node = Node::connect(mesh).await;
    let echo = format!("{org}/echo.say");
    let mut served = Vec::new();
    if std::env::var_os(CALLS_ONLY).is_none() {
        node.claim(&org).await;
        served.push(node.serve_echo(&echo).await);
        served.push(node.serve_stream(&format!("{org}/count")).await);
    }
    let mut nodes = Vec::new();
    println!("ready");
    while let Some((command, numbers)) = next_command().await {
        let since = Instant::now();
        match (command.as_str(), numbers.as_slice()) {
            ("calls", [callers, each, bytes]) => {
                let (node, echo) = (node.clone(), echo.clone());
                calls(*callers, *each, *bytes, move |text| {
                    let (node, procedure) = (node.clone(), echo.clone());
                    async move {
                        let text = Value::text(text);
                        assert_eq!(node.call(&procedure, text.clone()).await, text);
                    }
                })
                .await;
            }
            ("serve", [count]) => {
                let node = Node::connect(mesh).await;
                node.claim(&org).await;
                for number in 0..*count {
                    let procedure = format!("{org}/many_{number}");
                    served.push(node.serve_echo(&procedure).await);
                }
                nodes.push(node);
            }
            ("link", [count]) => {
                for _ in 0..*count {
                    let node = Node::connect(mesh).await;
                    node.call(&echo, Value::Null).await;
                    nodes.push(node);
                }
            }
            ("lookups", [count]) => {
                for _ in 0..*count {
                    node.look_up(&echo).await;
                }
            }
            ("share", [bytes]) => {
                let content: Vec<u8> = (0..*bytes).map(|n| (n % 251) as u8).collect();
                let shared = node.pool.share_content(&node.realm, &content, "bench");
                let id = shared.await.expect("the content is announced");
                println!("{}", hex::encode(id));
                continue;
            }
            other => panic!("no such command: {other:?}"),
        }
        println!("{}", since.elapsed().as_secs_f64());
    }
}
