//! The systemd units of a service, as Podman Quadlet reads them, from its manifest: what both say cannot differ.

mod escape;
mod mounts;
mod needs;
#[cfg(test)]
mod tests;
mod unit;

pub(crate) use needs::Needs;

/// The units' names and texts: the machine's, and the one for `systemctl --user`.
pub(crate) fn units(needs: &Needs) -> [(String, String); 2] {
    let name = &needs.name;
    [
        (format!("{name}.container"), unit::system(needs)),
        (format!("{name}-dev.container"), unit::development(needs)),
    ]
}
