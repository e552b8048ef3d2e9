//! Notifications to a service manager, received on a socket of the test.

use std::os::unix::net::UnixDatagram;
use std::thread::sleep;
use std::time::{Duration, Instant};

use hecate_om_tests::{Sandbox, Service, WAIT_LIMIT, get, runtime, under};

use crate::drain::{HeldCall, drained};
use crate::signals::DEFAULT_SIGHUP;

/// The service manager's end of `NOTIFY_SOCKET`.
struct Manager {
    socket: UnixDatagram,
    messages: Vec<String>,
}

impl Manager {
    /// Returns a manager that listens at a path, and the path.
    fn at_a_path(machine: &Sandbox) -> (Self, String) {
        let path = machine.path().join("notify");
        let socket = UnixDatagram::bind(&path).expect("a socket can be bound");
        let path = path.to_str().expect("the path is text").to_owned();
        (Self::on(socket), path)
    }

    fn on(socket: UnixDatagram) -> Self {
        socket
            .set_read_timeout(Some(WAIT_LIMIT))
            .expect("a timeout can be set");
        Self {
            socket,
            messages: Vec::new(),
        }
    }

    fn next(&mut self) -> std::io::Result<&str> {
        let mut bytes = [0; 4096];
        let length = self.socket.recv(&mut bytes)?;
        self.messages
            .push(String::from_utf8_lossy(&bytes[..length]).into_owned());
        Ok(self.messages.last().expect("a message was pushed"))
    }

    /// Receives until a message contains `text`, and returns that message.
    #[track_caller]
    fn wait_for(&mut self, text: &str) -> String {
        loop {
            match self.next() {
                Ok(message) if message.contains(text) => return message.to_owned(),
                Ok(_) => {}
                Err(error) => panic!("`{text}` was not received ({error}): {:?}", self.messages),
            }
        }
    }

    /// Receives all pending messages; returns how many contain `text`.
    fn count_now(&mut self, text: &str) -> usize {
        let before = self.messages.len();
        self.socket
            .set_nonblocking(true)
            .expect("the mode can be set");
        while self.next().is_ok() {}
        self.socket
            .set_nonblocking(false)
            .expect("the mode can be set");
        self.messages[before..]
            .iter()
            .filter(|message| message.contains(text))
            .count()
    }

    fn index(&self, text: &str) -> usize {
        let mut with = self
            .messages
            .iter()
            .enumerate()
            .filter(|m| m.1.contains(text));
        let (index, _) = with
            .next()
            .unwrap_or_else(|| panic!("no `{text}`: {:?}", self.messages));
        assert!(with.next().is_none(), "`{text}` twice: {:?}", self.messages);
        index
    }
}

#[test]
fn the_manager_is_notified_of_readiness_status_and_drain_progress() {
    let machine = Sandbox::new();
    let _mesh = machine.mesh();
    let (mut manager, address) = Manager::at_a_path(&machine);
    let mut command = machine.service("hecate-trial");
    // The watchdog setting is for another process.
    let command = command
        .env("NOTIFY_SOCKET", address)
        .env("WATCHDOG_USEC", "200000")
        .env("WATCHDOG_PID", "1");
    let trial = Service::start(command);
    let ready = manager.wait_for("READY=1\n");
    assert!(ready.contains("\nSTATUS="), "{ready}");
    let status = manager.wait_for("STATUS=serving hecate-trial/");
    assert_eq!(status.lines().count(), 1, "{status}");
    runtime().block_on(async {
        let client = machine.client().await;
        let held = HeldCall::start(&machine, client.mesh()).await;
        trial.process.signal("TERM");
        manager.wait_for("STOPPING=1\n");
        manager.wait_for("STATUS=draining: 1 calls in flight\n");
        for _ in 0..3 {
            let extended = manager.wait_for("EXTEND_TIMEOUT_USEC=");
            assert_eq!(extended, "EXTEND_TIMEOUT_USEC=5000000\n");
        }
        held.answered().await;
        client.close().await;
    });
    drained(trial.process, 1);
    assert_eq!(manager.count_now("WATCHDOG"), 0);
    let starting = manager
        .messages
        .iter()
        .position(|m| m.contains("starting: "));
    assert!(starting.is_some_and(|starting| starting < manager.index("READY=1")));
    assert!(manager.index("READY=1") < manager.index("STOPPING=1"));
    assert!(!manager.messages.iter().any(|m| m.contains("WATCHDOG")));
}

#[test]
fn the_manager_is_notified_of_the_start_and_the_end_of_each_reload() {
    let machine = Sandbox::new();
    let (mut manager, address) = Manager::at_a_path(&machine);
    let file = machine.path().join("configured.env");
    std::fs::write(&file, "CONFIGURED_GREETING=hello\n").expect("a file can be written");
    let mut command = machine.service("hecate-configured");
    command
        .env("NOTIFY_SOCKET", address)
        .env("HECATE_CONFIG", &file);
    let mut service = Service::start(&mut under(&DEFAULT_SIGHUP, &command));
    manager.wait_for("READY=1\n");
    let mut started = 0;
    for text in ["CONFIGURED_COUNT=1\n", "CONFIGURED_COUNT=one\n"] {
        std::fs::write(&file, format!("CONFIGURED_GREETING=hello\n{text}"))
            .expect("a file can be written");
        service.process.signal("HUP");
        let reloading = manager.wait_for("RELOADING=1\n");
        let time = reloading
            .strip_prefix("RELOADING=1\nMONOTONIC_USEC=")
            .and_then(|rest| rest.trim_end().parse::<u64>().ok())
            .unwrap_or_else(|| panic!("no time: {reloading}"));
        assert!(time > started, "{reloading}");
        started = time;
        manager.wait_for("READY=1\n");
    }
    service.process.ensure_logged("reload refused");
}

#[test]
fn the_manager_is_notified_why_boot_is_refused() {
    let machine = Sandbox::new();
    let (mut manager, address) = Manager::at_a_path(&machine);
    let mut command = machine.service("hecate-echo");
    let command = command
        .env("NOTIFY_SOCKET", address)
        .env("HECATE_GUARD_LIMITS", "none");
    let refused = command.output().expect("the service runs");
    assert_eq!(refused.status.code(), Some(1));
    let status = manager.wait_for("STATUS=boot refused at step `config`: ");
    assert!(status.contains("HECATE_GUARD_LIMITS"), "{status}");
    assert_eq!(manager.count_now(""), 0, "no further status follows");
}

#[cfg(target_os = "linux")]
#[test]
fn the_manager_may_use_an_abstract_socket() {
    use std::os::linux::net::SocketAddrExt as _;
    let machine = Sandbox::new();
    let name = format!("hecate-om-it-{}", std::process::id());
    let address = std::os::unix::net::SocketAddr::from_abstract_name(&name).unwrap();
    let mut manager = Manager::on(UnixDatagram::bind_addr(&address).unwrap());
    let mut command = machine.service("hecate-echo");
    let service = Service::start(command.env("NOTIFY_SOCKET", format!("@{name}")));
    manager.wait_for("READY=1\n");
    service.process.signal("TERM");
    manager.wait_for("STOPPING=1\n");
    assert_eq!(service.process.end().0.code(), Some(0));
}

#[test]
fn a_degraded_service_pings_the_watchdog_and_a_stuck_runtime_does_not() {
    let machine = Sandbox::new();
    let _mesh = machine.mesh();
    let (mut manager, address) = Manager::at_a_path(&machine);
    let mut command = machine.service("hecate-trial");
    let command = command
        .env("NOTIFY_SOCKET", address)
        .env("WATCHDOG_USEC", "400000");
    let mut trial = Service::start(command);
    manager.wait_for("WATCHDOG=1\n");

    let health = machine.path().join("state/hecate/hecate-trial/health");
    std::fs::write(health, "unwell by request").unwrap();
    manager.wait_for("STATUS=degraded: unwell by request\n");
    for _ in 0..5 {
        manager.wait_for("WATCHDOG=1\n");
    }

    runtime().block_on(async {
        let client = machine.client().await;
        let mesh = client.mesh().clone();
        let block = tokio::spawn(async move {
            let block = mesh.procedure("hecate-trial/trial.block_runtime");
            let blocked: Result<u64, _> = block.timeout(WAIT_LIMIT).call(&16_000_u64).await;
            blocked
        });
        trial
            .process
            .wait_for("the service manager is no longer pinged and ends the process");
        manager.count_now("");
        trial.process.wait_for("the runtime runs its tasks again");
        // The first new ping may arrive before the log line.
        let pings = manager.count_now("WATCHDOG=1");
        assert!(pings <= 1, "it was pinged while the runtime was stuck");
        manager.wait_for("WATCHDOG=1\n");
        // The call is answered, or its caller has learned that the link broke.
        let _ended = block.await.unwrap();
        client.close().await;
    });
}

#[test]
fn after_a_pause_of_the_process_the_watchdog_is_pinged_in_time() {
    const ALLOWED: Duration = Duration::from_secs(33);
    let machine = Sandbox::new();
    let (mut manager, address) = Manager::at_a_path(&machine);
    let mut command = machine.service("hecate-echo");
    let command = command
        .env("HECATE_MESH", "optional")
        .env("HECATE_STATE_DIR", machine.path().join("state"))
        .env("HECATE_SECRETS_DIR", machine.path().join("state"))
        .env("NOTIFY_SOCKET", address)
        .env("WATCHDOG_USEC", ALLOWED.as_micros().to_string());
    let echo = Service::start(command);
    manager.wait_for("WATCHDOG=1\n");
    // The pause covers half of the interval, and more than the heartbeat's limit.
    let last = Instant::now();
    sleep(ALLOWED / 4);
    manager.count_now("WATCHDOG=1");
    echo.process.signal("STOP");
    sleep(ALLOWED / 3);
    echo.process.signal("CONT");
    let alive = get(&echo.health, "/health/live").expect("the listener answers");
    assert_eq!(alive.0, 200, "the runtime was not stuck: {}", alive.1);
    manager.wait_for("WATCHDOG=1\n");
    assert!(last.elapsed() < ALLOWED, "{:?}", last.elapsed());
}
