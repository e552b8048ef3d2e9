use std::os::unix::net::UnixDatagram;
use std::time::Instant;

use super::*;
use crate::capability::NodeId;
use crate::health::ServiceInfo;

/// A service manager that records its messages.
struct FakeManager {
    socket: UnixDatagram,
    _dir: tempfile::TempDir,
}

impl FakeManager {
    fn new() -> (Self, Systemd) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("notify");
        let socket = UnixDatagram::bind(&path).unwrap();
        socket.set_nonblocking(true).unwrap();
        let service = ServiceInfo {
            name: "hecate-echo",
            version: "1",
            description: "",
        };
        let health_state = HealthState::new(service, "{}");
        let systemd = Systemd(Some(ServiceManager::at(path.into(), &health_state)));
        (Self { socket, _dir: dir }, systemd)
    }

    /// Returns the messages since the last call.
    fn received(&self) -> String {
        let mut all = String::new();
        let mut bytes = [0; 4096];
        while let Ok(length) = self.socket.recv(&mut bytes) {
            all.push_str(std::str::from_utf8(&bytes[..length]).unwrap());
        }
        all
    }
}

/// Starts a call whose caller times out after `timeout`.
fn start(in_flight: &InFlight, timeout: Duration) -> impl Sized + use<> {
    let caller = NodeId::from_bytes([7; 32]);
    in_flight.start("test.run", caller, Instant::now() + timeout)
}

/// Runs a drain for `count` ticks.
async fn ticks(systemd: &Systemd, in_flight: &InFlight, count: u32) {
    let some = TICK * count - TICK / 2;
    let elapsed = tokio::time::timeout(some, systemd.extend_while(in_flight)).await;
    assert!(elapsed.is_err(), "it runs until it is dropped");
}

#[tokio::test(start_paused = true)]
async fn time_is_requested_while_a_caller_waits_and_not_for_a_call_past_its_deadline() {
    let (manager, systemd) = FakeManager::new();
    let in_flight = InFlight::default();
    let awaited = start(&in_flight, Duration::from_secs(600));
    ticks(&systemd, &in_flight, 3).await;
    let received = manager.received();
    assert_eq!(
        received.matches("EXTEND_TIMEOUT_USEC=5000000\n").count(),
        3,
        "{received}"
    );
    assert!(
        received.contains("STATUS=draining: 1 calls in flight"),
        "{received}"
    );
    drop(awaited);
    let _overdue = start(&in_flight, Duration::ZERO);
    ticks(&systemd, &in_flight, 3).await;
    let received = manager.received();
    assert!(!received.contains("EXTEND"), "no progress: {received}");
}

#[tokio::test(start_paused = true)]
async fn time_is_requested_if_a_call_has_ended_since_the_last_tick() {
    let (manager, systemd) = FakeManager::new();
    let in_flight = InFlight::default();
    let overdue = start(&in_flight, Duration::ZERO);
    let _other = start(&in_flight, Duration::ZERO);
    let draining = ticks(&systemd, &in_flight, 4);
    let ending = async {
        tokio::time::sleep(TICK / 2).await;
        drop(overdue);
    };
    tokio::join!(draining, ending);
    let received = manager.received();
    assert_eq!(
        received.matches("EXTEND_TIMEOUT_USEC").count(),
        1,
        "{received}"
    );
}

#[tokio::test(start_paused = true)]
async fn each_change_of_the_status_is_reported_once() {
    let (manager, systemd) = FakeManager::new();
    tokio::time::sleep(TICK * 5).await;
    assert_eq!(manager.received(), "STATUS=starting: config\n");
    let health_state = Arc::clone(&systemd.0.as_ref().unwrap().health_state);
    health_state.set_stage(Stage::Live);
    tokio::time::sleep(TICK * 5).await;
    assert_eq!(manager.received(), "STATUS=live, without a mesh\n");
    health_state.set_stage(Stage::Draining);
    systemd.stopping();
    tokio::time::sleep(TICK * 5).await;
    assert_eq!(manager.received(), "STOPPING=1\nSTATUS=draining\n");
}

#[tokio::test]
async fn a_step_requests_its_limit_and_a_margin() {
    let (manager, systemd) = FakeManager::new();
    systemd.extend(Duration::from_secs(10));
    assert_eq!(manager.received(), "EXTEND_TIMEOUT_USEC=15000000\n");
}

#[tokio::test]
async fn nothing_is_sent_without_a_manager() {
    let mut systemd = Systemd(None);
    systemd.ready();
    systemd.stopping();
    systemd.extend(Duration::ZERO);
}
