//! Streams over a WebSocket.

use futures_util::{SinkExt, StreamExt};
use hecate_om_tests::{Sandbox, runtime, until};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::Gateway;
use super::http::percent_encoded;
use super::streams::progress;

pub(super) type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

fn address(gateway: &Gateway, name: &str, request: &Value) -> String {
    let request = percent_encoded(&request.to_string());
    format!(
        "ws://{}/v1/hecate-trial/{name}?request={request}",
        gateway.addr
    )
}

pub(super) async fn open(gateway: &Gateway, name: &str, request: &Value) -> Socket {
    let opened = connect_async(address(gateway, name, request)).await;
    opened.expect("the gateway accepts WebSockets").0
}

async fn send(socket: &mut Socket, message: Value) {
    let sent = socket.send(Message::text(message.to_string())).await;
    sent.expect("the gateway reads");
}

/// Returns the next message in JSON, or `None` after the last one.
pub(super) async fn next(socket: &mut Socket) -> Option<Value> {
    loop {
        match socket.next().await?.expect("the connection lasts") {
            Message::Text(text) => return Some(serde_json::from_str(&text).expect("it is JSON")),
            Message::Close(_) => return None,
            _ => {}
        }
    }
}

#[test]
fn items_go_both_ways_until_both_sides_end() {
    let machine = Sandbox::new();
    let _trial = machine.start("hecate-trial");
    let gateway = Gateway::start(&machine, &[]);
    runtime().block_on(async {
        let mut socket = open(&gateway, "trial.shout", &json!("a")).await;
        for word in ["tide", "sea"] {
            send(&mut socket, json!({"item": word})).await;
            let item = next(&mut socket).await;
            assert_eq!(item, Some(json!({"item": word.to_uppercase()})));
        }
        send(&mut socket, json!({"end": true})).await;
        assert_eq!(next(&mut socket).await, Some(json!({"end": true})));
        assert_eq!(next(&mut socket).await, None);
        // The provider ends first.
        let mut socket = open(&gateway, "trial.shout", &json!("b")).await;
        send(&mut socket, json!({"item": "stop"})).await;
        assert_eq!(next(&mut socket).await, Some(json!({"end": true})));
    });
}

#[test]
fn the_response_of_a_client_stream_is_its_only_item() {
    let machine = Sandbox::new();
    let _trial = machine.start("hecate-trial");
    let gateway = Gateway::start(&machine, &[]);
    assert_eq!(
        gateway
            .post("hecate-trial/trial.release", &json!("a"))
            .status,
        200
    );
    runtime().block_on(async {
        let mut socket = open(&gateway, "trial.sum", &json!("a")).await;
        for number in 0..100 {
            send(
                &mut socket,
                json!({"item": {"number": number, "padding": ""}}),
            )
            .await;
        }
        send(&mut socket, json!({"end": true})).await;
        assert_eq!(next(&mut socket).await, Some(json!({"item": 4950})));
        assert_eq!(next(&mut socket).await, Some(json!({"end": true})));
        let mut socket = open(&gateway, "trial.count_to", &json!({"key": "c", "to": 2})).await;
        let items = [next(&mut socket).await, next(&mut socket).await];
        let number =
            |item: &Option<Value>| item.as_ref().map(|item| item["item"]["number"].clone());
        assert_eq!(
            items.each_ref().map(number),
            [Some(json!(0)), Some(json!(1))]
        );
        assert_eq!(next(&mut socket).await, Some(json!({"end": true})));
    });
}

#[test]
fn a_wrong_message_ends_the_stream_with_an_error() {
    let machine = Sandbox::new();
    let _trial = machine.start("hecate-trial");
    let gateway = Gateway::start(&machine, &["--max-body", "65536"]);
    runtime().block_on(async {
        for (name, request, message, code) in [
            (
                "trial.shout",
                json!("a"),
                Message::text("shout"),
                "invalid_request",
            ),
            (
                "trial.shout",
                json!("a"),
                Message::text("{\"item\": 1, \"end\": true}"),
                "invalid_request",
            ),
            (
                "trial.shout",
                json!("a"),
                Message::binary(vec![1]),
                "invalid_request",
            ),
            (
                "trial.shout",
                json!("a"),
                Message::text("{\"item\": 1}"),
                "invalid_request",
            ),
            (
                "trial.watch",
                json!("a"),
                Message::text("{\"item\": 1}"),
                "invalid_request",
            ),
        ] {
            let mut socket = open(&gateway, name, &request).await;
            socket
                .send(message.clone())
                .await
                .expect("the gateway reads");
            let mut last = None;
            while let Some(message) = next(&mut socket).await {
                last = Some(message);
            }
            let last = last.expect("the stream has a last message");
            assert_eq!(last["error"]["code"], code, "{message}: {last}");
        }
        // A message beyond the limit is not read at all.
        let mut socket = open(&gateway, "trial.shout", &json!("large")).await;
        let large = json!({"item": "x".repeat(100_000)}).to_string();
        let _ = socket.send(Message::text(large)).await;
        while let Some(Ok(message)) = socket.next().await {
            let is_item = message
                .to_text()
                .is_ok_and(|text| text.contains("\"item\""));
            assert!(!is_item, "{message}");
        }
    });
    until("all streams have ended", || {
        let open = ["a", "large"].map(|key| progress(&gateway, key)["open"].clone());
        if open == [0, 0] { Ok(()) } else { Err(open) }
    });
}

#[test]
fn a_caller_that_leaves_without_its_end_aborts_the_stream() {
    let machine = Sandbox::new();
    let _trial = machine.start("hecate-trial");
    let gateway = Gateway::start(&machine, &[]);
    let runtime = runtime();
    let socket = runtime.block_on(open(&gateway, "trial.sum", &json!("left")));
    let is = |count: u64| {
        until("the stream is open, or has ended", || {
            let open = progress(&gateway, "left")["open"].clone();
            if open == count { Ok(()) } else { Err(open) }
        });
    };
    is(1);
    drop(socket);
    is(0);
}

#[test]
fn the_page_is_checked_before_the_upgrade() {
    let machine = Sandbox::new();
    let _trial = machine.start("hecate-trial");
    let gateway = Gateway::start(&machine, &[]);
    let mut request = address(&gateway, "trial.shout", &json!("a"))
        .into_client_request()
        .expect("it is an address");
    let origin = HeaderValue::from_static("https://evil.example");
    request.headers_mut().insert("origin", origin);
    match runtime().block_on(connect_async(request)) {
        Err(Error::Http(response)) => assert_eq!(response.status(), 403),
        other => panic!("{other:?}"),
    }
    let unary = runtime().block_on(connect_async(address(&gateway, "trial.text", &json!("a"))));
    assert!(
        matches!(&unary, Err(Error::Http(response)) if response.status() == 400),
        "{unary:?}"
    );
}
