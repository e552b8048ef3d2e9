use std::os::unix::net::UnixDatagram;
use std::time::SystemTime;

use super::*;
use crate::capability::{Call, NodeId};
use crate::health::About;

/// A manager that keeps what it is told.
struct Listener {
    socket: UnixDatagram,
    _dir: tempfile::TempDir,
}

impl Listener {
    fn new() -> (Self, Systemd) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("notify");
        let socket = UnixDatagram::bind(&path).unwrap();
        socket.set_nonblocking(true).unwrap();
        let about = About {
            name: "hecate-echo",
            version: "1",
            description: "",
        };
        let vitals = Vitals::new(about, "{}");
        let systemd = Systemd(Some(Listening::at(path.into(), &vitals)));
        (Self { socket, _dir: dir }, systemd)
    }

    /// What was told since the last look.
    fn heard(&self) -> String {
        let mut all = String::new();
        let mut bytes = [0; 4096];
        while let Ok(length) = self.socket.recv(&mut bytes) {
            all.push_str(std::str::from_utf8(&bytes[..length]).unwrap());
        }
        all
    }
}

fn call_for(time: Duration) -> Call {
    let deadline = SystemTime::now() + time;
    let since = deadline.duration_since(SystemTime::UNIX_EPOCH).unwrap();
    let deadline = u64::try_from(since.as_millis()).unwrap();
    Call::new(
        NodeId::from_bytes([7; 32]),
        "org/test.run".into(),
        deadline,
        false,
    )
}

/// What is told in so many ticks of a drain.
async fn ticks(systemd: &Systemd, in_flight: &InFlight, count: u32) {
    let some = TICK * count - TICK / 2;
    let elapsed = tokio::time::timeout(some, systemd.extend_while(in_flight)).await;
    assert!(elapsed.is_err(), "it does not end by itself");
}

#[tokio::test(start_paused = true)]
async fn time_is_asked_for_while_a_caller_waits_and_not_for_a_call_that_is_past_its_deadline() {
    let (listener, systemd) = Listener::new();
    let in_flight = InFlight::default();
    let awaited = in_flight.begin("test.run", &call_for(Duration::from_secs(600)));
    ticks(&systemd, &in_flight, 3).await;
    let heard = listener.heard();
    assert_eq!(
        heard.matches("EXTEND_TIMEOUT_USEC=5000000\n").count(),
        3,
        "{heard}"
    );
    assert!(
        heard.contains("STATUS=draining: 1 calls in flight"),
        "{heard}"
    );
    drop(awaited);
    let _overdue = in_flight.begin("test.run", &call_for(Duration::ZERO));
    ticks(&systemd, &in_flight, 3).await;
    let heard = listener.heard();
    assert!(!heard.contains("EXTEND"), "nothing comes on: {heard}");
}

#[tokio::test(start_paused = true)]
async fn time_is_asked_for_when_a_call_has_ended_since_the_last_look() {
    let (listener, systemd) = Listener::new();
    let in_flight = InFlight::default();
    let overdue = in_flight.begin("test.run", &call_for(Duration::ZERO));
    let _other = in_flight.begin("test.run", &call_for(Duration::ZERO));
    let draining = ticks(&systemd, &in_flight, 4);
    let ending = async {
        tokio::time::sleep(TICK / 2).await;
        drop(overdue);
    };
    tokio::join!(draining, ending);
    let heard = listener.heard();
    assert_eq!(heard.matches("EXTEND_TIMEOUT_USEC").count(), 1, "{heard}");
}

#[tokio::test(start_paused = true)]
async fn the_status_is_said_once_for_each_change() {
    let (listener, systemd) = Listener::new();
    tokio::time::sleep(TICK * 5).await;
    assert_eq!(listener.heard(), "STATUS=starting: config\n");
    let vitals = Arc::clone(&systemd.0.as_ref().unwrap().vitals);
    vitals.enter(Stage::Live);
    tokio::time::sleep(TICK * 5).await;
    assert_eq!(listener.heard(), "STATUS=live, without a mesh\n");
    vitals.enter(Stage::Draining);
    systemd.stopping();
    tokio::time::sleep(TICK * 5).await;
    assert_eq!(listener.heard(), "STOPPING=1\nSTATUS=draining\n");
}

#[tokio::test]
async fn a_step_asks_for_its_limit_and_a_margin() {
    let (listener, systemd) = Listener::new();
    systemd.extend(Duration::from_secs(10));
    assert_eq!(listener.heard(), "EXTEND_TIMEOUT_USEC=15000000\n");
}

#[tokio::test]
async fn without_a_manager_nothing_is_told() {
    let mut nobody = Systemd(None);
    nobody.ready();
    nobody.stopping();
    nobody.extend(Duration::ZERO);
}
