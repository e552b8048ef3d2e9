//! The datagrams of `sd_notify(3)`.

use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::net::UnixDatagram;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sd_notify::NotifyState;

/// How long a manager that does not read may hold up a message.
const PATIENCE: Duration = Duration::from_secs(1);

/// The socket that the manager listens on.
#[derive(Debug)]
pub(super) struct NotifySocket {
    address: OsString,
    /// Whether the last message was lost, so that an unbroken run is said once.
    failing: AtomicBool,
}

impl NotifySocket {
    pub(super) fn new(address: OsString) -> Self {
        Self {
            address,
            failing: AtomicBool::new(false),
        }
    }

    /// Sends all `states` in one message. One that is lost is logged, and nothing else: a service does not depend on
    /// who looks after it.
    pub(super) fn tell(&self, states: &[NotifyState<'_>]) {
        let mut message = String::new();
        for state in states {
            // Writing to a `String` cannot fail.
            let _ = writeln!(message, "{state}");
        }
        let sent = connect(&self.address).and_then(|socket| socket.send(message.as_bytes()));
        let failed = self.failing.swap(sent.is_err(), Ordering::Relaxed);
        if let Err(error) = sent
            && !failed
        {
            tracing::warn!(
                "the service manager cannot be told at NOTIFY_SOCKET={}: {error}",
                self.address.display()
            );
        }
    }
}

/// A path, or with a leading `@` a name in Linux's abstract namespace.
fn connect(address: &OsStr) -> io::Result<UnixDatagram> {
    let socket = UnixDatagram::unbound()?;
    socket.set_write_timeout(Some(PATIENCE))?;
    match address.as_bytes() {
        #[cfg(target_os = "linux")]
        [b'@', name @ ..] => {
            use std::os::linux::net::SocketAddrExt as _;
            use std::os::unix::net::SocketAddr;
            socket.connect_addr(&SocketAddr::from_abstract_name(name)?)?;
        }
        [b'/', ..] => socket.connect(address)?,
        _ => {
            return Err(io::Error::new(
                io::ErrorKind::Unsupported,
                "neither a path nor an abstract name",
            ));
        }
    }
    Ok(socket)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn received(socket: &UnixDatagram) -> String {
        let mut bytes = [0; 256];
        let length = socket.recv(&mut bytes).unwrap();
        String::from_utf8(bytes[..length].to_vec()).unwrap()
    }

    #[test]
    fn a_message_reaches_a_path() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("notify");
        let manager = UnixDatagram::bind(&path).unwrap();
        let socket = NotifySocket::new(path.into());
        socket.tell(&[NotifyState::Ready, NotifyState::Status("up")]);
        assert_eq!(received(&manager), "READY=1\nSTATUS=up\n");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_message_reaches_an_abstract_name() {
        use std::os::linux::net::SocketAddrExt as _;
        let name = format!("hecate-om-notify-{}", std::process::id());
        let address = std::os::unix::net::SocketAddr::from_abstract_name(&name).unwrap();
        let manager = UnixDatagram::bind_addr(&address).unwrap();
        NotifySocket::new(format!("@{name}").into()).tell(&[NotifyState::Watchdog]);
        assert_eq!(received(&manager), "WATCHDOG=1\n");
    }

    #[test]
    fn a_manager_that_is_not_there_is_no_failure_of_the_service() {
        for address in ["/nowhere/notify", "vsock:2:1", ""] {
            let socket = NotifySocket::new(address.into());
            socket.tell(&[NotifyState::Ready]);
            assert!(socket.failing.load(Ordering::Relaxed), "{address}");
        }
    }
}
