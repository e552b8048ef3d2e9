//! The log of a service, with and without a reader.

use std::io::{BufRead, BufReader, Read, Write as _, pipe};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::mpsc::channel;

use hecate_om_tests::{Exposition, Sandbox, Service, WAIT_LIMIT, get, until};
use serde_json::Value;

/// A service whose log is read up to the line with its health address, and no further.
struct Unread {
    child: Child,
    log: BufReader<ChildStderr>,
    health: String,
}

impl Unread {
    fn start(machine: &Sandbox) -> Self {
        let mut child = machine
            .service("hecate-echo")
            // The SDK and QUIC log megabytes within seconds.
            .env("HECATE_LOG", "trace")
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the service can be started");
        let mut log = BufReader::new(child.stderr.take().expect("its log is a pipe"));
        let mut line = String::new();
        while !line.contains("is live") {
            line.clear();
            assert_ne!(log.read_line(&mut line).expect("text"), 0, "it ended");
        }
        let (_, rest) = line.split_once("http://").expect("an address");
        let health = rest.split_once("/health").expect("an address").0.to_owned();
        Self { child, log, health }
    }

    /// Returns the number of dropped lines, from `/metrics`, which answers while the log is
    /// blocked.
    fn dropped(&self) -> f64 {
        let (_, page) = get(&self.health, "/metrics").expect("the listener answers");
        Exposition::parse(&page).value("hecate_log_lines_dropped_total", &[])
    }

    /// Calls the service until lines are dropped, then makes more calls; every call is answered.
    fn blocked(machine: &Sandbox) -> Self {
        let service = Self::start(machine);
        let bench = || {
            let calls = ["bench", "hecate-echo/echo.say", "\"a\"", "--calls", "200"];
            let answer = machine.cli(&calls);
            assert_eq!(answer.code, 0, "{answer:?}");
        };
        until("dropping lines", || {
            bench();
            let dropped = service.dropped();
            (dropped > 0.0).then_some(()).ok_or(dropped)
        });
        bench();
        service
    }

    /// Stops the service while its log is not read; returns the exit code.
    fn end(mut self) -> Option<i32> {
        signal(self.child.id(), "TERM");
        until("ended", || {
            match self
                .child
                .try_wait()
                .expect("the process can be waited for")
            {
                Some(status) => Ok(status.code()),
                None => Err("still running"),
            }
        })
    }
}

fn signal(process: u32, name: &str) {
    let sent = Command::new("kill")
        .args(["-s", name, &process.to_string()])
        .status();
    assert!(sent.expect("`kill` can be run").success());
}

#[test]
fn a_service_whose_log_is_not_read_answers_calls_and_drains() {
    let machine = Sandbox::new();
    assert_eq!(Unread::blocked(&machine).end(), Some(0));
}

#[test]
fn dropped_log_lines_are_reported_once_the_reader_is_back() {
    let machine = Sandbox::new();
    let Unread {
        mut child, mut log, ..
    } = Unread::blocked(&machine);
    let (sender, lines) = channel();
    std::thread::spawn(move || {
        let mut line = String::new();
        while log.read_line(&mut line).is_ok_and(|bytes| bytes > 0) {
            if line.contains("log lines were dropped") && sender.send(line.clone()).is_err() {
                return;
            }
            line.clear();
        }
    });
    let line = lines.recv_timeout(WAIT_LIMIT).unwrap();
    assert!(line.contains("WARN") && line.contains("lines="), "{line}");
    signal(child.id(), "KILL");
    child.wait().unwrap();
}

#[test]
fn a_refused_boot_exits_although_its_log_is_not_read() {
    let machine = Sandbox::new();
    for (arguments, code) in [
        (&[][..], 1),
        (&["healthcheck"], 1),
        (&["--no-such-flag"], 2),
    ] {
        let (reader, mut writer) = pipe().unwrap();
        // More than a pipe can hold.
        writer.write_all(&[b'x'; 64 * 1024]).unwrap();
        let mut child = machine
            .service("hecate-trial")
            .args(arguments)
            .env("HECATE_MESH", "sometimes")
            .stdout(Stdio::null())
            .stderr(writer)
            .spawn()
            .unwrap();
        let ended = until("ended", || match child.try_wait().unwrap() {
            Some(status) => Ok(status.code()),
            None => Err("still running"),
        });
        assert_eq!(ended, Some(code), "{arguments:?}");
        drop(reader);
    }
}

#[test]
fn the_last_log_line_of_a_refused_boot_is_written_before_the_exit() {
    let machine = Sandbox::new();
    let (mut reader, writer) = pipe().unwrap();
    let mut child = machine
        .service("hecate-trial")
        .env("HECATE_MESH", "sometimes")
        .env("HECATE_LOG", "trace")
        .stdout(Stdio::null())
        .stderr(writer)
        .spawn()
        .unwrap();
    let mut log = String::new();
    reader.read_to_string(&mut log).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(1));
    assert!(log.contains("mesh_setting_unknown"), "{log}");
}

#[test]
fn a_handler_panic_is_one_log_line_with_location_and_message() {
    for format in ["json", "text"] {
        let machine = Sandbox::new();
        let mut command = machine.service("hecate-trial");
        let mut trial = Service::start(command.env("HECATE_LOG_FORMAT", format));
        let answer = machine.cli(&["call", "hecate-trial/trial.panic", "null", "--json"]);
        assert_eq!(answer.json()["error"]["code"], "panicked", "{answer:?}");
        let line = trial.process.wait_for("requested panic");
        assert!(line.contains("the handler panicked"), "{line}");
        assert!(line.contains("misbehaving.rs:"), "{line}");
        if format == "json" {
            let line: Value = serde_json::from_str(&line).unwrap();
            assert_eq!(line["level"], "ERROR");
            assert_eq!(line["span"]["capability"], "trial.panic");
            assert!(line["spans"].is_null(), "it repeats the span: {line}");
        }
        trial.process.signal("TERM");
        let (_, log) = trial.process.end();
        assert_eq!(log.matches("requested panic").count(), 1, "{log}");
    }
}

#[test]
fn a_filter_that_hides_the_runtime_is_reported_anyway() {
    let machine = Sandbox::new();
    for (filter, reported) in [
        ("my_service=debug", true),
        ("hecate_om::mush=info", true),
        ("off", true),
        ("error", false),
    ] {
        let answer = machine.run(
            machine
                .service("hecate-trial")
                .env("HECATE_LOG", filter)
                .env("HECATE_MESH", "sometimes"),
        );
        assert_eq!(answer.code, 1, "{answer:?}");
        let is_reported = answer.stderr.contains("hides every line of the runtime");
        assert_eq!(is_reported, reported, "{answer:?}");
        assert!(answer.stderr.contains("mesh_setting_unknown"), "{answer:?}");
    }
}

#[test]
fn an_invalid_log_filter_refuses_boot_and_is_quoted() {
    let machine = Sandbox::new();
    for (filter, part) in [("inof", "did you mean `info`?"), ("info,", "extra comma")] {
        for arguments in [&["config"][..], &[]] {
            let mut command = machine.service("hecate-trial");
            let answer = machine.run(command.args(arguments).env("HECATE_LOG", filter));
            assert_eq!(answer.code, 1, "{answer:?}");
            for text in ["setting_malformed", "HECATE_LOG", part] {
                assert!(answer.stderr.contains(text), "{text}: {answer:?}");
            }
        }
        let answer = machine.run(machine.dev().env("HECATE_LOG", filter));
        assert_eq!(answer.code, 2, "{answer:?}");
        assert!(answer.stderr.contains(part), "{answer:?}");
    }
}
