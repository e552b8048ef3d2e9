//! Process that uses `macula-rust` directly, and executes commands. Shared with the crate
//! `benches/unpatched`, so it uses no crate of the workspace.

pub(crate) mod node;

use std::path::Path;
use std::time::Instant;

use macula_rust::cbor::Value;
use tokio::task::JoinSet;

pub(crate) use node::Node;

/// Folder of the mesh, set in such a process.
pub(crate) const MESH: &str = "HECATE_BENCH_BARE_MESH";
/// Org of the process.
pub(crate) const ORG: &str = "HECATE_BENCH_BARE_ORG";

/// Links to the mesh, serves `<org>/echo` and `<org>/count`, and executes commands until the input
/// ends.
pub(crate) async fn run(mesh: &Path) {
    let org = std::env::var(ORG).expect("the org is set");
    let node = Node::connect(mesh).await;
    node.claim(&org).await;
    let echo = format!("{org}/echo");
    let mut served = vec![
        node.serve_echo(&echo).await,
        node.serve_stream(&format!("{org}/count")).await,
    ];
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

/// Returns the next line of the standard input, as a word and numbers.
pub(crate) async fn next_command() -> Option<(String, Vec<usize>)> {
    let mut line = String::new();
    let line = tokio::task::spawn_blocking(move || {
        let read = std::io::stdin().read_line(&mut line);
        read.ok().filter(|bytes| *bytes > 0).map(|_| line)
    });
    let line = line.await.expect("reading does not panic")?;
    let mut words = line.split_whitespace();
    let command = words.next().unwrap_or_default().to_owned();
    let numbers = words.map(|word| word.parse().expect("a number"));
    Some((command, numbers.collect()))
}

/// Makes `each` calls by each of `callers` tasks, with a text of `bytes` bytes.
pub(crate) async fn calls<F: Future<Output = ()> + Send + 'static>(
    callers: usize,
    each: usize,
    bytes: usize,
    call: impl Fn(String) -> F + Clone + Send + Sync + 'static,
) {
    let text = "x".repeat(bytes);
    let mut tasks = JoinSet::new();
    for _ in 0..callers {
        let (call, text) = (call.clone(), text.clone());
        tasks.spawn(async move {
            for _ in 0..each {
                call(text.clone()).await;
            }
        });
    }
    while let Some(ended) = tasks.join_next().await {
        ended.expect("every call is answered");
    }
}
