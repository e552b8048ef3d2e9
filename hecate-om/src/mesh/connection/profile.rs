//! Cryptographic profile: conversion to the SDK's type, and the check of a realm's key.

use crate::config::{Profile, Stations};

pub(in crate::mesh) const fn macula_profile(profile: Profile) -> macula_rust::profile::Profile {
    match profile {
        Profile::PqHybrid => macula_rust::profile::Profile::PqHybrid,
        Profile::PqPure => macula_rust::profile::Profile::PqPure,
    }
}

/// Checks that the realm's configured key is a public key of the profile.
pub(crate) fn check_stations(stations: &Stations, profile: Profile) -> Result<(), String> {
    let key = &stations.realm.key;
    if macula_rust::node_key::carried_key_well_formed(key, macula_profile(profile)) {
        Ok(())
    } else {
        Err(format!(
            "HECATE_REALM_KEY: a key of {} bytes is not a realm's public key in the profile {}; copy the whole key \
             that the realm publishes, and set HECATE_PROFILE to its profile",
            key.len(),
            profile.name()
        ))
    }
}
