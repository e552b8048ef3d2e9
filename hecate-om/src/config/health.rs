//! Address of the health listener.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;

use super::parse::Reader;
use super::{ConfigError, Defaults, Layers};

/// Configured address of the health listener.
#[derive(Debug, Clone)]
pub(crate) struct HealthAddress {
    pub(crate) socket: Option<PathBuf>,
    pub(super) addr: Option<IpAddr>,
    pub(super) port: Option<u16>,
}

impl HealthAddress {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            socket: reader.socket("HECATE_HEALTH_SOCKET"),
            addr: reader.parsed(
                "HECATE_HEALTH_ADDR",
                "an IP address; write one, for example `127.0.0.1` or `::`",
            ),
            port: reader.parsed(
                "HECATE_HEALTH_PORT",
                "a TCP port; write a number from 0 to 65535",
            ),
        }
    }

    /// Reads only the address of the listener, regardless of the other settings.
    ///
    /// # Errors
    ///
    /// All errors in the settings of the listener.
    pub(crate) fn read_only(layers: &Layers) -> Result<Self, ConfigError> {
        let mut reader = Reader::new(layers);
        let address = Self::read(&mut reader);
        reader.finish(Some(address))
    }

    /// Returns whether there is a TCP listener. A socket replaces the TCP listener, unless a port
    /// is also set.
    pub(super) const fn has_tcp(&self) -> bool {
        self.socket.is_none() || self.port.is_some()
    }

    /// Returns the addresses at which to try the TCP listener from this machine; empty if there is
    /// no TCP listener.
    pub(crate) fn reachable_addresses(&self, defaults: Defaults) -> Vec<SocketAddr> {
        let port = self.port.unwrap_or(defaults.health_port);
        let loopbacks = [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
        // By default, the listener binds to loopback or to all interfaces. Connecting to the
        // wildcard address is not possible.
        let addrs = match self.addr.filter(|addr| !addr.is_unspecified()) {
            Some(addr) => vec![addr],
            None => loopbacks.to_vec(),
        };
        let addrs = addrs.into_iter().filter(|_| self.has_tcp());
        addrs.map(|addr| SocketAddr::new(addr, port)).collect()
    }
}
