//! Traces that a collector receives.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::mpsc::{Receiver, Sender, channel};

use hecate_om_tests::{Sandbox, Service};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value};
use opentelemetry_proto::tonic::trace::v1::{Span, span::SpanKind, status::StatusCode};
use prost::Message;

/// Starts a collector on a free port; returns its endpoint and the requests that it receives.
fn collector() -> (String, Receiver<ExportTraceServiceRequest>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let addr = listener.local_addr().expect("the listener is bound");
    let (sender, received) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let sender = sender.clone();
            std::thread::spawn(move || while answer(&stream, &sender).is_some() {});
        }
    });
    (format!("http://{addr}"), received)
}

/// Handles one request of a connection; `None` when the connection ends.
fn answer(mut stream: &TcpStream, sender: &Sender<ExportTraceServiceRequest>) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let mut head = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
        match line.trim_end() {
            "" => break,
            line => head.push(line.to_ascii_lowercase()),
        }
    }
    assert!(head[0].starts_with("post /v1/traces "), "{head:?}");
    assert!(
        head.contains(&"content-type: application/x-protobuf".to_owned()),
        "{head:?}"
    );
    let length = head.iter().find_map(|h| h.strip_prefix("content-length: "));
    let length: usize = length.expect("a length").parse().expect("a number");
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let request = ExportTraceServiceRequest::decode(body.as_slice()).expect("an OTLP request");
    sender.send(request).ok()?;
    stream
        .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
        .ok()
}

fn text(attributes: &[KeyValue], key: &str) -> Option<String> {
    let attribute = attributes.iter().find(|a| a.key == key)?;
    match &attribute.value {
        Some(AnyValue {
            value: Some(any_value::Value::StringValue(text)),
        }) => Some(text.clone()),
        other => panic!("`{key}` is no text: {other:?}"),
    }
}

fn trial(machine: &Sandbox, endpoint: &str) -> Command {
    let mut command = machine.service("hecate-trial");
    command
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)
        // Nothing is exported before the end: all received spans were flushed.
        .env("OTEL_BSP_SCHEDULE_DELAY", "3600000");
    command
}

#[test]
fn every_call_reaches_the_collector_before_the_service_ends() {
    let machine = Sandbox::new();
    let _mesh = machine.mesh();
    let (endpoint, received) = collector();
    // The log's filter does not affect traces.
    let trial = Service::start(trial(&machine, &endpoint).env("HECATE_LOG", "info"));
    assert_eq!(
        machine
            .cli(&["call", "hecate-trial/trial.text_v2", r#""a""#])
            .code,
        0
    );
    assert_eq!(machine.cli(&["call", "hecate-trial/trial.panic"]).code, 1);
    let question = r#"["hecate-trial/trial.text", "asked"]"#;
    assert_eq!(
        machine
            .cli(&["call", "hecate-trial/trial.call", question])
            .code,
        0
    );
    trial.process.signal("TERM");
    let (status, log) = trial.process.end();
    assert!(status.success(), "{log}");
    assert!(log.contains("traces are sent by OTLP"), "{log}");

    let mut spans: Vec<Span> = Vec::new();
    for request in received.try_iter() {
        for of in request.resource_spans {
            let resource = of
                .resource
                .expect("the service describes itself")
                .attributes;
            assert_eq!(
                text(&resource, "service.name").as_deref(),
                Some("hecate-trial")
            );
            spans.extend(of.scope_spans.into_iter().flat_map(|scope| scope.spans));
        }
    }
    let named = |name: &str, kind: SpanKind| {
        let is = |s: &&Span| s.name == name && s.kind == i32::from(kind);
        let found: Vec<&Span> = spans.iter().filter(is).collect();
        assert_eq!(found.len(), 1, "`{name}` in {spans:?}");
        found[0].clone()
    };
    let answered = named("trial.text_v2", SpanKind::Server);
    assert_eq!(
        text(&answered.attributes, "rpc.system.name").as_deref(),
        Some("macula")
    );
    assert_eq!(text(&answered.attributes, "outcome").as_deref(), Some("ok"));
    // The number of the call in this process. Attributes have no unsigned integers, so it is text.
    let call_id = text(&answered.attributes, "call_id").expect("an id");
    assert!(call_id.parse::<u64>().is_ok(), "{call_id}");
    let panicked = named("trial.panic", SpanKind::Server);
    assert_eq!(
        text(&panicked.attributes, "error.type").as_deref(),
        Some("panicked")
    );
    assert_eq!(
        panicked.status.expect("a status").code,
        i32::from(StatusCode::Error)
    );
    let (outer, inner) = (
        named("trial.call", SpanKind::Server),
        named("hecate-trial/trial.text", SpanKind::Client),
    );
    assert_eq!(inner.parent_span_id, outer.span_id, "made while answering");
    assert_eq!(inner.trace_id, outer.trace_id);
}

#[test]
fn an_unreachable_collector_delays_neither_calls_nor_the_exit() {
    let machine = Sandbox::new();
    let _mesh = machine.mesh();
    let unused = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let trial = Service::start(&mut trial(&machine, &format!("http://{unused}")));
    let answer = machine.cli(&["call", "hecate-trial/trial.text", r#""a""#]);
    assert_eq!(answer.stdout, r#""a""#, "{answer:?}");
    trial.process.signal("TERM");
    let (status, log) = trial.process.end();
    assert!(status.success(), "{log}");
    assert!(
        log.contains("sending traces failed") || log.contains("not sent"),
        "{log}"
    );
}

#[test]
fn without_an_endpoint_no_traces_are_sent_and_one_line_says_so() {
    let machine = Sandbox::new();
    let trial = machine.start("hecate-trial");
    trial.process.signal("TERM");
    let (_, log) = trial.process.end();
    let line = r#"no traces are sent reason="OTEL_EXPORTER_OTLP_ENDPOINT is not set""#;
    let lines = log.matches(line);
    assert_eq!(lines.count(), 1, "{log}");
}
