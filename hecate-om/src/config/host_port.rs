//! The address of a station: `host[:port]`, with an IPv6 address in brackets.

/// Default port of stations, as in hecate-om (Erlang).
const STATION_PORT: u16 = 4433;

/// Parses `host`, `host:port`, `[v6]` or `[v6]:port`.
pub(super) fn host_port(seed: &str) -> Result<(String, u16), String> {
    let form = "write `host`, `host:port`, or an IPv6 address in brackets, `[::1]:4433`";
    let port = |text: &str| {
        text.parse::<u16>()
            .ok()
            .filter(|port| *port != 0)
            .ok_or_else(|| {
                format!("`{seed}` has no valid port after its colon (1 to 65535); {form}")
            })
    };
    if let Some(rest) = seed.strip_prefix('[') {
        let (address, rest) = rest
            .split_once(']')
            .ok_or_else(|| format!("`{seed}` has no closing bracket; {form}"))?;
        if address.parse::<std::net::Ipv6Addr>().is_err() {
            return Err(format!("`{address}` is not an IPv6 address; {form}"));
        }
        return match rest.strip_prefix(':') {
            Some(text) => Ok((address.to_owned(), port(text)?)),
            None if rest.is_empty() => Ok((address.to_owned(), STATION_PORT)),
            None => Err(format!(
                "`{seed}` has text after its bracket that is not a port; {form}"
            )),
        };
    }
    let (host, port) = match seed.split_once(':') {
        None => (seed, STATION_PORT),
        Some((_, rest)) if rest.contains(':') => {
            return Err(format!("`{seed}` has more than one colon; {form}"));
        }
        Some((host, text)) => (host, port(text)?),
    };
    let valid = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    if !host.is_empty() && host.chars().all(valid) {
        Ok((host.to_owned(), port))
    } else {
        Err(format!("`{seed}` is not a host; {form}"))
    }
}
