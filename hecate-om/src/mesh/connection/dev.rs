//! Development mesh: one station, shared by the processes of a machine.

use std::path::{Path, PathBuf};

use hecate_om_station::dev_mesh::{self, MeshFile};
use tokio::sync::watch;

use super::macula_profile;
use crate::config::{Profile, RealmConfig, Seed, Stations};

/// This process's membership in the development mesh. The process may be the host.
#[derive(Debug)]
pub(crate) struct DevMesh {
    mesh: dev_mesh::DevMesh,
    pub(crate) stations: Stations,
    pub(crate) file: PathBuf,
    /// Receives the mesh's station, which changes when another process becomes the host.
    pub(crate) moves: watch::Receiver<Stations>,
}

impl DevMesh {
    /// Joins this machine's mesh, or starts a mesh if none is running.
    pub(crate) async fn join(dir: &Path, profile: Profile) -> Result<Self, String> {
        let mesh = dev_mesh::DevMesh::join(dir, macula_profile(profile))
            .await
            .map_err(|error| error.to_string())?;
        let (stations, _) = parse(mesh.file())?;
        let (sender, moves) = watch::channel(stations.clone());
        tokio::spawn(follow(mesh.watch_file(), sender));
        Ok(Self {
            mesh,
            stations,
            file: dir.join(MeshFile::NAME),
            moves,
        })
    }

    pub(crate) fn is_host(&self) -> bool {
        self.mesh.hosting()
    }

    /// Leaves the mesh. If this process is the host, another process on the machine becomes the
    /// host.
    pub(crate) async fn leave(self) {
        self.mesh.close().await;
    }
}

/// Returns the station of this machine's development mesh, from the mesh file in `dir`.
pub(crate) fn running(dir: &Path) -> Result<(Stations, Profile), String> {
    let file = MeshFile::read(dir).map_err(|error| error.to_string())?;
    let file = file.ok_or_else(|| {
        format!(
            "no development mesh was started on this machine (`{}` is not there): start a service, or `hecate-om \
             dev`; for a realm's stations set MACULA_STATION_SEEDS, MACULA_STATION_NODE_IDS, HECATE_REALM and \
             HECATE_REALM_KEY",
            dir.join(MeshFile::NAME).display()
        )
    })?;
    parse(&file)
}

/// Sends the station in the mesh file to `sender` after each change, until the process leaves the
/// mesh.
async fn follow(mut files: watch::Receiver<MeshFile>, sender: watch::Sender<Stations>) {
    loop {
        let file = files.borrow_and_update().clone();
        match parse(&file) {
            Ok((stations, _)) => {
                sender.send_replace(stations);
            }
            Err(error) => tracing::warn!(error, "the development mesh cannot be followed"),
        }
        tokio::select! {
            changed = files.changed() => if changed.is_err() { return },
            () = sender.closed() => return,
        }
    }
}

/// Returns the station, the realm and the profile in a mesh file.
fn parse(file: &MeshFile) -> Result<(Stations, Profile), String> {
    let profile = match file.profile.as_str() {
        "pq_pure" => Profile::PqPure,
        _ => Profile::PqHybrid,
    };
    let id = |hex: &str| {
        let mut bytes = [0; 32];
        hex::decode_to_slice(hex, &mut bytes)
            .map(|()| bytes)
            .map_err(|error| error.to_string())
    };
    let stations = Stations {
        seeds: vec![Seed {
            host: file.station.host.clone(),
            port: file.station.port,
            node_id: id(&file.station.node_id)?,
        }],
        realm: RealmConfig {
            id: id(&file.realm.id)?,
            key: hex::decode(&file.realm.key).map_err(|error| error.to_string())?,
            name: file.realm.name.clone(),
        },
    };
    Ok((stations, profile))
}
