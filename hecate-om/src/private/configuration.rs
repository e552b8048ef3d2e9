//! Reading of a configuration without a service, for the fuzzer.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;

use crate::config::{Config, Defaults, Layers, MeshMode, OwnVariables, log_config};

/// Service that the configuration belongs to; only its name matters.
const SERVICE: Defaults = Defaults {
    name: "hecate-echo",
    health_port: 8470,
};

/// Values whose consistency the fuzzer checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadConfiguration {
    /// Whether a mesh is required.
    pub required: bool,
    /// The number of configured stations; `None` if none is configured.
    pub stations: Option<usize>,
}

/// Reads an environment and a file in the same way as boot.
///
/// # Errors
///
/// Every mistake in the environment and the file.
pub fn read_configuration(
    environment: impl IntoIterator<Item = (OsString, OsString)>,
    file: &Path,
) -> Result<ReadConfiguration, Vec<String>> {
    let layers = Layers::merge(
        environment,
        &BTreeMap::new(),
        Some(file),
        OwnVariables::default(),
    )
    .map_err(|error| vec![error.to_string()])?;
    log_config(&layers);
    let config = Config::read(&layers, SERVICE)
        .map_err(|error| error.0.iter().map(ToString::to_string).collect::<Vec<_>>())?;
    if let Some(stations) = &config.stations {
        crate::mesh::check_stations(stations, config.profile).map_err(|error| vec![error])?;
    }
    Ok(ReadConfiguration {
        required: config.mode == MeshMode::Required,
        stations: config.stations.map(|stations| stations.seeds.len()),
    })
}
