use prometheus_client::encoding::text;

use super::*;

fn page(metrics: &ServiceMetrics) -> String {
    let mut page = String::new();
    text::encode(&mut page, metrics.registry()).unwrap();
    page
}

#[test]
fn each_instrument_is_on_the_page() {
    let mut metrics = ServiceMetrics::default();
    let documents = metrics.counter("rag_documents", "Ingested documents");
    let depth = metrics.gauge("rag_depth", "Depth of the index");
    let passages = metrics.histogram("rag_passages", "Passages of a document", [1.0, 10.0]);
    documents.inc();
    documents.inc_by(2);
    depth.set(1.5);
    depth.add(-0.5);
    passages.observe(4.0);
    assert_eq!((documents.get(), depth.get()), (3, 1.0));
    let expected = "\
# HELP rag_documents Ingested documents.
# TYPE rag_documents counter
rag_documents_total 3
# HELP rag_depth Depth of the index.
# TYPE rag_depth gauge
rag_depth 1.0
# HELP rag_passages Passages of a document.
# TYPE rag_passages histogram
rag_passages_sum 4.0
rag_passages_count 1
rag_passages_bucket{le=\"1.0\"} 0
rag_passages_bucket{le=\"10.0\"} 1
rag_passages_bucket{le=\"+Inf\"} 1
# EOF
";
    assert_eq!(page(&metrics), expected);
}

#[test]
fn a_family_has_a_metric_for_each_label_set() {
    let mut metrics = ServiceMetrics::default();
    let documents = metrics.counters("rag_documents", "Ingested", ["source", "kind"]);
    documents.with(["web", "pdf"]).inc();
    documents.with(["web", "pdf"]).inc();
    documents.with(["mail", "a\"\n"]).inc();
    let lengths = metrics.histograms("rag_bytes", "Sizes", ["source"], [8.0]);
    lengths.with(["web"]).observe(1.0);
    metrics
        .gauges("rag_queued", "Queued", ["source"])
        .with(["web"])
        .set(2.0);
    let page = page(&metrics);
    for line in [
        r#"rag_documents_total{source="web",kind="pdf"} 2"#,
        r#"rag_documents_total{source="mail",kind="a\"\n"} 1"#,
        r#"rag_bytes_bucket{le="8.0",source="web"} 1"#,
        r#"rag_queued{source="web"} 2.0"#,
    ] {
        assert!(page.contains(line), "`{line}` is not in:\n{page}");
    }
}

#[test]
fn label_sets_beyond_the_maximum_are_measured_together() {
    let mut metrics = ServiceMetrics::default();
    let calls = metrics.counters("rag_calls", "Calls", ["caller"]);
    for caller in 0..1_000 {
        calls.with([&caller.to_string()]).inc();
    }
    calls.with(["3"]).inc();
    let page = page(&metrics);
    assert_eq!(page.matches("rag_calls_total{").count(), 65, "{page}");
    assert!(page.contains(r#"rag_calls_total{caller="3"} 2"#), "{page}");
    assert!(
        page.contains(r#"rag_calls_total{caller="_OTHER"} 936"#),
        "{page}"
    );
    assert_eq!(
        metrics.overflows().collect::<Vec<_>>(),
        [("rag_calls", 936)]
    );
}

#[test]
fn threads_that_ask_for_new_sets_at_once_share_them() {
    let mut metrics = ServiceMetrics::default();
    let calls = metrics.counters("rag_calls", "Calls", ["caller"]);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for caller in 0..500 {
                    // Two handles live at once, which deadlocks where each holds a lock.
                    let (one, other) = (calls.with([&caller.to_string()]), calls.with(["0"]));
                    one.inc();
                    other.inc();
                }
            });
        }
        for _ in 0..100 {
            page(&metrics);
        }
    });
    assert_eq!(calls.with(["0"]).get(), 2_004);
}

#[test]
fn a_long_label_value_is_cut_between_characters() {
    let mut metrics = ServiceMetrics::default();
    let calls = metrics.counters("rag_calls", "Calls", ["caller"]);
    calls.with([&format!("a{}", "ä".repeat(200))]).inc();
    let cut = format!("caller=\"a{}\"", "ä".repeat(63));
    assert!(page(&metrics).contains(&cut));
}

#[test]
fn a_name_that_a_metric_cannot_have_panics_and_says_why() {
    let why = |register: fn(&mut ServiceMetrics)| {
        let panic = std::panic::catch_unwind(|| register(&mut ServiceMetrics::default()));
        let panic = panic.unwrap_err();
        panic.downcast_ref::<String>().unwrap().clone()
    };
    for (register, expected) in [
        (
            (|m| drop(m.counter("rag-documents", ""))) as fn(&mut ServiceMetrics),
            "`rag-documents` is not the name of a metric; use letters",
        ),
        (
            |m| drop(m.gauge("hecate_depth", "")),
            "has the reserved prefix `hecate_`; start it with the service's name",
        ),
        (
            |m| drop(m.counter("rag_documents_total", "")),
            "ends with `_total`, which `/metrics` adds by itself; leave it out",
        ),
        (
            |m| drop((m.gauge("rag_depth", ""), m.counter("rag_depth", ""))),
            "the metric `rag_depth` is registered twice; keep what",
        ),
        (
            |m| drop(m.counters("rag_documents", "", ["source", "source"])),
            "cannot have the label `source`; use different names",
        ),
        (
            |m| drop(m.histogram("rag_passages", "", [2.0, 1.0])),
            "the bounds of the metric `rag_passages` are not finite and in ascending order",
        ),
    ] {
        let why = why(register);
        assert!(why.contains(expected), "{why}");
    }
}
