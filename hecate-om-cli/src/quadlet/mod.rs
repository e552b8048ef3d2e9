//! Generates the systemd units (Podman Quadlet) of a service from its manifest.

mod escape;
mod mounts;
mod settings;
mod spec;
#[cfg(test)]
mod tests;
mod unit;

pub(crate) use spec::UnitSpec;

/// Returns the names and texts of the system unit and of the user unit.
pub(crate) fn units(spec: &UnitSpec) -> [(String, String); 2] {
    let name = &spec.name;
    [
        (format!("{name}.container"), unit::system(spec)),
        (format!("{name}-dev.container"), unit::development(spec)),
    ]
}
