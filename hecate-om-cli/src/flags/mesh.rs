//! Flags of the mesh and the caller's identity.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use hecate_om::{Client, call::CallError, client::ClientBuilder, identity::NodeId};
use hecate_om_station::Profile;

use super::Errors;
use super::local_mesh::LocalMesh;
use super::mesh_values::{ProfileParser, checked_profile, realm_key, realm_of, seed};
use crate::output::Failure;

/// Time for another process to take over a development mesh without a host.
const TAKE_OVER: Duration = Duration::from_secs(3);

/// The mesh and the caller's identity. Each flag overrides the variables that its help names.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Mesh options")]
pub(crate) struct MeshFlags {
    /// Address and node id of a station; repeat for several [MACULA_STATION_SEEDS,
    /// MACULA_STATION_NODE_IDS]
    #[arg(long, global = true, value_name = "HOST[:PORT]@NODE_ID")]
    seed: Vec<String>,
    /// Name of the realm, or its id of 64 hex digits [HECATE_REALM, HECATE_REALM_NAME]
    #[arg(long, global = true, value_name = "NAME|ID")]
    realm: Option<String>,
    /// Public key of the realm [HECATE_REALM_KEY]
    #[arg(long, global = true, value_name = "HEX|@FILE")]
    realm_key: Option<String>,
    /// Cryptographic profile of the realm; the development mesh has its own [HECATE_PROFILE]
    #[arg(long, global = true, value_parser = ProfileParser)]
    profile: Option<String>,
    /// Node key file, created at its first use; without it, each invocation is a new node
    #[arg(long, global = true, value_name = "FILE")]
    identity: Option<PathBuf>,
}

impl MeshFlags {
    /// Refuses the flags for a command that does not connect to a mesh.
    pub(crate) fn refuse(&self, command: &str) -> Result<(), Failure> {
        match self.names_of_set().as_slice() {
            [] => Ok(()),
            given => Err(Failure::malformed(format!(
                "{command} does not connect to a mesh; leave out {}",
                given.join(", ")
            ))),
        }
    }

    /// Returns the flags without `--profile`, for a command that has its own: clap sets both.
    pub(crate) fn without_profile(&self) -> Self {
        Self {
            profile: None,
            ..self.clone()
        }
    }

    /// Returns whether `--identity` is set.
    pub(crate) const fn has_identity(&self) -> bool {
        self.identity.is_some()
    }

    /// Returns whether `--profile` is set.
    pub(crate) const fn has_profile(&self) -> bool {
        self.profile.is_some()
    }

    /// Returns the names of the flags that are set.
    fn names_of_set(&self) -> Vec<&'static str> {
        let given = [
            ("--seed", !self.seed.is_empty()),
            ("--realm", self.realm.is_some()),
            ("--realm-key", self.realm_key.is_some()),
            ("--profile", self.profile.is_some()),
            ("--identity", self.identity.is_some()),
        ];
        let names = given.into_iter().filter(|(_, is)| *is);
        names.map(|(name, _)| name).collect()
    }

    /// Returns the realm's name, for a command that creates keys without a mesh: it accepts only
    /// `--realm` and `--profile`.
    pub(crate) fn realm_name(&self, command: &str) -> Result<Option<&str>, Failure> {
        let others: Vec<_> = self
            .names_of_set()
            .into_iter()
            .filter(|name| !["--realm", "--profile"].contains(name))
            .collect();
        if !others.is_empty() {
            return Err(Failure::malformed(format!(
                "`{command}` does not connect to a mesh; leave out {}",
                others.join(", ")
            )));
        }
        let Some(realm) = &self.realm else {
            return Ok(None);
        };
        match realm_of(realm).map_err(Failure::malformed)? {
            (_, Some(_)) => Ok(Some(realm)),
            (id, None) => Err(Failure::malformed(format!(
                "--realm `{id}`: a token needs the realm's name, not its id"
            ))),
        }
    }

    /// Returns the profile for a new key.
    pub(crate) fn profile(&self) -> Result<Profile, Failure> {
        let Some(profile) = &self.profile else {
            return Ok(Profile::PqPure);
        };
        let profile = checked_profile(profile).map_err(Failure::malformed)?;
        Profile::parse(&profile).map_err(|error| Failure::malformed(error.to_string()))
    }

    /// Returns a client with the flags applied, and collects their errors.
    pub(crate) fn client(&self, errors: &mut Errors) -> ClientBuilder {
        let mut settings: Vec<(&str, String)> = Vec::new();
        let seeds: Vec<(String, String)> = self
            .seed
            .iter()
            .filter_map(|text| errors.check(seed(text)))
            .collect();
        if !seeds.is_empty() {
            let (hosts, ids): (Vec<String>, Vec<String>) = seeds.into_iter().unzip();
            settings.push(("MACULA_STATION_SEEDS", hosts.join(",")));
            settings.push(("MACULA_STATION_NODE_IDS", ids.join(",")));
        }
        if let Some(realm) = &self.realm
            && let Some((id, name)) = errors.check(realm_of(realm))
        {
            settings.push(("HECATE_REALM", id));
            // This overrides the name of another realm in the environment.
            settings.extend(name.map(|name| ("HECATE_REALM_NAME", name)));
        }
        if let Some(key) = &self.realm_key
            && let Some(key) = errors.check(realm_key(key))
        {
            settings.push(("HECATE_REALM_KEY", key));
        }
        if let Some(profile) = &self.profile
            && let Some(profile) = errors.check(checked_profile(profile))
        {
            if let Some(mesh) = self.local_mesh() {
                errors.check(mesh.check_profile(&profile));
            }
            settings.push(("HECATE_PROFILE", profile));
        }
        let client = Client::builder();
        let client = match &self.identity {
            Some(file) => client.identity(file),
            None => client,
        };
        let set = |client: ClientBuilder, (name, value)| client.setting(name, value);
        settings.into_iter().fold(client, set)
    }

    /// Returns the development mesh, unless the flags or the environment name another mesh.
    fn local_mesh(&self) -> Option<LocalMesh> {
        let names_another =
            !self.seed.is_empty() || self.realm.is_some() || self.realm_key.is_some();
        if names_another {
            return None;
        }
        LocalMesh::from_env(|variable| std::env::var_os(variable))
    }

    /// Connects to the mesh that the flags or the environment name, or to the development mesh.
    pub(crate) async fn connect(&self) -> Result<Client, Failure> {
        let mut errors = Errors::default();
        let client = self.client(&mut errors);
        self.connect_with(errors.finish(Some(client))?).await
    }

    /// Connects a client that [`MeshFlags::client`] returned. Fails early if the development mesh
    /// has no host.
    pub(crate) async fn connect_with(&self, client: ClientBuilder) -> Result<Client, Failure> {
        let client = client.connect(std::env::vars_os()).await?;
        if self.local_mesh().is_none_or(|mesh| mesh.is_hosted()) {
            return Ok(client);
        }
        match client.mesh().advertised(TAKE_OVER).await {
            Err(error @ CallError::NotConnected(_)) => {
                client.close().await;
                Err(error.into())
            }
            _ => Ok(client),
        }
    }

    /// Explains a failure to connect if the host of the development mesh has exited.
    pub(crate) fn explain(&self, failure: Failure) -> Failure {
        if !failure.is_not_connected() {
            return failure;
        }
        match self.local_mesh() {
            Some(mesh) if !mesh.is_hosted() => failure.with_message(mesh.ended()),
            _ => failure,
        }
    }

    /// Returns the node id of `--identity`, without a connection.
    pub(crate) async fn node_id(&self) -> Result<NodeId, Failure> {
        let mut errors = Errors::default();
        let client = self.client(&mut errors);
        let client = errors.finish(Some(client))?;
        let client = client.connect(std::env::vars_os()).await?;
        let node_id = client.mesh().node_id();
        client.close().await;
        Ok(node_id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

    #[test]
    fn a_command_that_creates_keys_accepts_only_the_realm_and_the_profile() {
        let hybrid = MeshFlags {
            realm: Some("io.macula".into()),
            profile: Some("pq_hybrid".into()),
            ..MeshFlags::default()
        };
        assert_eq!(hybrid.realm_name("token").unwrap(), Some("io.macula"));
        assert_eq!(hybrid.profile().unwrap(), Profile::PqHybrid);
        let refused = MeshFlags {
            identity: Some("node.key".into()),
            ..hybrid
        };
        let failure = format!("{:?}", refused.realm_name("token").unwrap_err());
        assert!(failure.contains("leave out --identity"), "{failure}");
    }

    #[test]
    fn all_errors_in_the_flags_are_reported_at_once() {
        let flags = MeshFlags {
            seed: vec!["a".into(), format!("b@{ID}"), "c@1".into()],
            realm: Some(String::new()),
            realm_key: Some("x".into()),
            profile: Some("classic".into()),
            identity: None,
        };
        let mut errors = Errors::default();
        let client = flags.client(&mut errors);
        let failure = errors.finish(Some(client)).unwrap_err();
        let text = format!("{failure:?}");
        assert!(text.contains("5 invalid arguments"), "{text}");
    }
}
