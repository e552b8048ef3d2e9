//! The datagrams of `sd_notify(3)`.

use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::net::UnixDatagram;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sd_notify::NotifyState;

/// Timeout of sending a message to a service manager that does not read.
const SEND_TIMEOUT: Duration = Duration::from_secs(1);

/// The socket of the service manager.
#[derive(Debug)]
pub(super) struct NotifySocket {
    address: OsString,
    /// Whether the last message was lost. Of several messages lost in a row, only the first is
    /// logged.
    failing: AtomicBool,
}

impl NotifySocket {
    pub(super) fn new(address: OsString) -> Self {
        Self {
            address,
            failing: AtomicBool::new(false),
        }
    }

    /// Sends all `states` in one message. A lost message is only logged, because the service does
    /// not depend on its manager.
    pub(super) fn send(&self, states: &[NotifyState<'_>]) {
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
                %error,
                socket = %self.address.display(),
                "cannot notify the service manager at NOTIFY_SOCKET"
            );
        }
    }
}

/// Connects to a path, or to a name in Linux's abstract namespace if the address starts with `@`.
fn connect(address: &OsStr) -> io::Result<UnixDatagram> {
    let socket = UnixDatagram::unbound()?;
    socket.set_write_timeout(Some(SEND_TIMEOUT))?;
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
        socket.send(&[NotifyState::Ready, NotifyState::Status("up")]);
        assert_eq!(received(&manager), "READY=1\nSTATUS=up\n");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_message_reaches_an_abstract_name() {
        use std::os::linux::net::SocketAddrExt as _;
        let name = format!("hecate-om-notify-{}", std::process::id());
        let address = std::os::unix::net::SocketAddr::from_abstract_name(&name).unwrap();
        let manager = UnixDatagram::bind_addr(&address).unwrap();
        NotifySocket::new(format!("@{name}").into()).send(&[NotifyState::Watchdog]);
        assert_eq!(received(&manager), "WATCHDOG=1\n");
    }

    #[test]
    fn a_missing_manager_does_not_fail_the_service() {
        for address in ["/nowhere/notify", "vsock:2:1", ""] {
            let socket = NotifySocket::new(address.into());
            socket.send(&[NotifyState::Ready]);
            assert!(socket.failing.load(Ordering::Relaxed), "{address}");
        }
    }
}
