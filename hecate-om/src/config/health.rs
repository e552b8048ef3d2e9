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

    /// Reads only the listener's address, whatever the other settings are.
    ///
    /// # Errors
    ///
    /// All errors in these settings together.
    pub(crate) fn read_only(layers: &Layers) -> Result<Self, ConfigError> {
        let mut reader = Reader::new(layers);
        let address = Self::read(&mut reader);
        reader.finish(Some(address))
    }

    /// Returns whether there is a TCP listener. A socket replaces it, unless a port is also set.
    pub(super) const fn has_tcp(&self) -> bool {
        self.socket.is_none() || self.port.is_some()
    }

    /// Addresses of the TCP listener to try from this machine; empty without a TCP listener.
    pub(crate) fn reachable_addresses(&self, defaults: Defaults) -> Vec<SocketAddr> {
        let port = self.port.unwrap_or(defaults.health_port);
        let loopbacks = [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
        // By default the listener binds to loopback or to all interfaces. The wildcard address
        // cannot be called.
        let addrs = match self.addr.filter(|addr| !addr.is_unspecified()) {
            Some(addr) => vec![addr],
            None => loopbacks.to_vec(),
        };
        let addrs = addrs.into_iter().filter(|_| self.has_tcp());
        addrs.map(|addr| SocketAddr::new(addr, port)).collect()
    }
}
