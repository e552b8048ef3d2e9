//! The health listener on a Unix socket.

use std::io::{Read as _, Write as _};
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::process::Command;

use hecate_om_tests::{Process, Sandbox, parse};

fn echo(machine: &Sandbox, socket: &Path) -> Command {
    let mut command = machine.service("hecate-echo");
    command
        .env("HECATE_MESH", "optional")
        .env("HECATE_STATE_DIR", machine.path().join("state"))
        .env("HECATE_SECRETS_DIR", machine.path().join("state"))
        .env("HECATE_HEALTH_SOCKET", socket)
        .env_remove("HECATE_HEALTH_PORT");
    command
}

fn ask(socket: &Path) -> (u16, String) {
    let mut stream = UnixStream::connect(socket).expect("the socket answers");
    write!(
        stream,
        "GET /health HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n"
    )
    .expect("the socket answers");
    let mut text = String::new();
    stream
        .read_to_string(&mut text)
        .expect("the listener answers");
    parse(&text).expect("an answer")
}

#[test]
fn a_socket_replaces_a_stale_one_is_private_and_is_removed_at_exit() {
    let machine = Sandbox::new();
    let socket = machine.path().join("run/health.sock");
    std::fs::create_dir(machine.path().join("run")).expect("the folder is made");
    drop(UnixListener::bind(&socket).expect("a socket is left behind"));
    let mut process = Process::start(&mut echo(&machine, &socket));
    let live = process.wait_for("is live");
    assert!(
        live.contains("unix:") && !live.contains("http://"),
        "{live}"
    );
    let found = socket.symlink_metadata().expect("the socket is there");
    assert!(found.file_type().is_socket());
    assert_eq!(found.permissions().mode() & 0o777, 0o600);
    let (status, body) = ask(&socket);
    assert_eq!(status, 200, "{body}");
    let check = || machine.run(echo(&machine, &socket).arg("healthcheck"));
    assert_eq!(check().code, 0);
    process.signal("TERM");
    let (status, log) = process.end();
    assert!(status.success(), "{log}");
    assert!(!socket.exists(), "it is removed");
    let gone = check();
    assert_eq!(gone.code, 1);
    assert!(gone.stderr.contains("health.sock/health/live"), "{gone:?}");
}

#[test]
fn an_explicit_port_is_used_beside_the_socket() {
    let machine = Sandbox::new();
    let socket = machine.path().join("health.sock");
    let service =
        hecate_om_tests::Service::start(echo(&machine, &socket).env("HECATE_HEALTH_PORT", "0"));
    assert_eq!(ask(&socket).0, 200);
    assert_eq!(hecate_om_tests::json(&service.health, "/health").0, 200);
}

#[test]
fn a_socket_in_use_refuses_boot_and_is_not_removed() {
    let machine = Sandbox::new();
    let socket = machine.path().join("health.sock");
    let _other = UnixListener::bind(&socket).expect("another listens");
    let answer = machine.run(&mut echo(&machine, &socket));
    assert_eq!(answer.code, 1, "{answer:?}");
    assert!(
        answer.stderr.contains("boot refused at step `health`"),
        "{answer:?}"
    );
    assert!(
        answer.stderr.contains("another process answers on it"),
        "{answer:?}"
    );
    assert!(UnixStream::connect(&socket).is_ok(), "it still listens");
}
