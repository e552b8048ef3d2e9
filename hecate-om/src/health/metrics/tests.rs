use super::*;
use crate::capability::{Capability, HandlerFuture};
use crate::health::ServiceInfo;
use crate::mesh::{Authority, ClaimState, Identity, StatusTable};

const STATION: [u8; 32] = [5; 32];

fn health_state(procedure: &str) -> Arc<HealthState> {
    let service = ServiceInfo {
        name: "hecate-echo",
        version: "1.2.3",
        description: "",
    };
    let health_state = HealthState::new(service, "{}");
    let statuses = StatusTable::new("org", [procedure.to_owned()], ClaimState::Unsent);
    statuses.acknowledged(procedure, STATION);
    health_state.statuses.set(Arc::new(statuses)).unwrap();
    let (mesh, _) = Mesh::pending(&Identity::for_tests(), Arc::new(Authority::none()));
    mesh.facts().stats_of("acme/shop/order_placed_v1");
    let metrics = Arc::new(CallMetrics::new(&["ok", "refused"]));
    metrics.start(&tracing::Span::none()).end("ok");
    let capability = Capability::new("echo.say", |_| HandlerFuture::new(std::future::pending()));
    let sources = MetricsSources {
        calls: vec![(procedure.to_owned(), metrics)],
        streams: Vec::new(),
        guards: vec![(procedure.to_owned(), Arc::new(Guard::new(&capability)))],
        mesh,
        schedules: vec![Arc::new(ScheduleStats::new("prune"))],
        stations: vec![STATION],
    };
    health_state.sources.set(sources).unwrap();
    health_state
}

#[test]
fn every_source_is_on_the_page() {
    let page = scrape(&health_state("org/echo.say")).unwrap();
    let station = hex::encode(STATION);
    for line in [
        r#"hecate_build_info{name="hecate-echo",version="1.2.3","#,
        r#",ml_dsa="aws-lc"}"#,
        r#"hecate_stage{stage="starting"} 1.0"#,
        r#"hecate_health{status="down"} 1.0"#,
        r#"hecate_health{status="ok"} 0.0"#,
        r#"rpc_server_call_duration_seconds_count{rpc_system_name="macula",rpc_method="org/echo.say"} 1"#,
        r#"hecate_calls_total{rpc_method="org/echo.say",outcome="ok"} 1"#,
        r#"hecate_calls_total{rpc_method="org/echo.say",outcome="refused"} 0"#,
        r#"hecate_calls_in_flight{rpc_method="org/echo.say"} 0.0"#,
        r#"hecate_links{state="known"} 1.0"#,
        &format!(r#"hecate_link_up{{station="{station}"}} 0.0"#),
        r#"hecate_advertised_stations{procedure="org/echo.say"} 1.0"#,
        r#"hecate_advertise_age_seconds{procedure="org/echo.say"} 0.0"#,
        r#"hecate_grant{procedure="org/echo.say",state="granted"} 1.0"#,
        r#"hecate_claim{state="unsent"} 1.0"#,
        r#"hecate_guard_denied_total{rpc_method="org/echo.say",reason="rate"} 0"#,
        r#"hecate_guard_queued{rpc_method="org/echo.say"} 0.0"#,
        r#"hecate_facts_published_total{messaging_destination_name="_OTHER",outcome="ok"} 0"#,
        r#"hecate_facts_leaving 0.0"#,
        r#"hecate_facts_heard_total{messaging_destination_name="acme/shop/order_placed_v1",outcome="undecodable"} 0"#,
        r#"hecate_facts_waiting{messaging_destination_name="acme/shop/order_placed_v1"} 0.0"#,
        r#"hecate_schedule_runs_total{schedule="prune",outcome="panicked"} 0"#,
        r#"hecate_schedule_skipped_total{schedule="prune",reason="overran"} 0"#,
        r#"hecate_authority{state="not_needed"} 1.0"#,
    ] {
        assert!(page.contains(line), "`{line}` is not in:\n{page}");
    }
    assert!(page.ends_with("# EOF\n"), "{page}");
}

#[test]
fn special_characters_in_labels_are_escaped() {
    let page = scrape(&health_state("a\"b\\c\nd")).unwrap();
    assert!(page.contains(r#"procedure="a\"b\\c\nd""#), "{page}");
}

#[test]
fn a_starting_service_has_metrics() {
    let service = ServiceInfo {
        name: "hecate-echo",
        version: "1.2.3",
        description: "",
    };
    let page = scrape(&HealthState::new(service, "{}")).unwrap();
    assert!(page.contains("hecate_heartbeat_age_seconds "), "{page}");
}
