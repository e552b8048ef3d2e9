//! Who hosts: whoever holds the lock.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};

use super::directory::prepare;
use super::{DevMeshError, MeshFile};
use crate::clock::{now_ms, random};
use crate::state::{read_if_there, write_whole};
use crate::{Profile, Station, StationConfig, StationError};

/// How long a host that holds the lock is given to bring the station up.
const HOST_WAIT: Duration = Duration::from_secs(30);

/// How often a start in progress elsewhere is looked at.
const HOST_POLL: Duration = Duration::from_millis(50);

/// How often a member looks whether the host is gone, with a jitter that keeps
/// several members from looking at one moment.
const TAKE_OVER_POLL: Duration = Duration::from_millis(700);
const TAKE_OVER_JITTER_MS: u64 = 600;

/// Delays of a member that failed to host, without jitter.
const TAKE_OVER_RETRY: ExponentialBuilder = ExponentialBuilder::new()
    .with_min_delay(Duration::from_millis(1_400))
    .with_factor(2.0)
    .with_max_delay(Duration::from_secs(10))
    .without_max_times();

/// A process in the mesh.
#[derive(Debug)]
pub(super) struct Member {
    directory: PathBuf,
    profile: Profile,
    file: watch::Sender<MeshFile>,
    host: Option<Host>,
    hosting: watch::Sender<bool>,
    /// What last kept this process from looking or hosting, told once.
    failure: Option<String>,
}

/// What the process that hosts holds. The lock goes after the station, whose
/// port the next host needs.
#[derive(Debug)]
struct Host {
    station: Station,
    _lock: File,
}

/// `host.json`: who hosts now, written once the station is up. Members know by
/// it that `mesh.json` tells of that station and not of an earlier one.
#[derive(Debug, Serialize, Deserialize)]
struct HostFile {
    pid: u32,
    node_id: String,
    /// When this process took the mesh over from another, in milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    taken_over_ms: Option<u64>,
}

/// Returns the time since a running process took the mesh over from another; `None` if its host started it.
pub(super) fn since_take_over(directory: &Path) -> Option<Duration> {
    let taken_over = Duration::from_millis(HostFile::read(directory)?.taken_over_ms?);
    let now = Duration::from_millis(u64::try_from(now_ms()).ok()?);
    // A clock that was set back says nothing.
    now.checked_sub(taken_over)
}

impl HostFile {
    const NAME: &'static str = "host.json";

    /// What the file says; a file that does not read says nothing.
    fn read(directory: &Path) -> Option<Self> {
        let contents = read_if_there(&directory.join(Self::NAME), 4096).ok()??;
        serde_json::from_slice(&contents).ok()
    }
}

impl Member {
    pub(super) async fn join(directory: &Path, profile: Profile) -> Result<Self, DevMeshError> {
        prepare(directory)?;
        let give_up = Instant::now() + HOST_WAIT;
        loop {
            if let Some(lock) = try_lock(directory)? {
                let (station, file) = start_anywhere(directory, profile).await?;
                let host = Host {
                    station,
                    _lock: lock,
                };
                return Ok(Self::new(directory, profile, file, Some(host)));
            }
            if let Some(file) = hosted(directory, profile)? {
                return Ok(Self::new(directory, profile, file, None));
            }
            if Instant::now() >= give_up {
                return Err(DevMeshError::NoHost {
                    path: lock_path(directory),
                    pid: HostFile::read(directory).map(|host| host.pid),
                    seconds: HOST_WAIT.as_secs(),
                });
            }
            tokio::time::sleep(HOST_POLL).await;
        }
    }

    fn new(directory: &Path, profile: Profile, file: MeshFile, host: Option<Host>) -> Self {
        Self {
            directory: directory.to_path_buf(),
            profile,
            file: watch::Sender::new(file),
            hosting: watch::Sender::new(host.is_some()),
            host,
            failure: None,
        }
    }

    pub(super) fn file(&self) -> MeshFile {
        self.file.borrow().clone()
    }

    pub(super) fn watch_file(&self) -> watch::Receiver<MeshFile> {
        self.file.subscribe()
    }

    pub(super) fn hosting(&self) -> watch::Receiver<bool> {
        self.hosting.subscribe()
    }

    /// Stands ready to host until told to leave.
    pub(super) async fn stay(mut self, leaving: CancellationToken) {
        let mut wait = TAKE_OVER_POLL;
        let mut retry = TAKE_OVER_RETRY.build();
        while self.host.is_none() {
            tokio::select! {
                () = leaving.cancelled() => return,
                () = tokio::time::sleep(wait + jitter()) => {}
            }
            match self.look().await {
                Ok(true) => {
                    self.failure = None;
                    wait = TAKE_OVER_POLL;
                    retry = TAKE_OVER_RETRY.build();
                }
                Ok(false) => {}
                Err(why) => {
                    self.tell(why.to_string());
                    wait = retry.next().unwrap_or(wait);
                }
            }
        }
        leaving.cancelled().await;
        if let Some(host) = self.host.take() {
            self.hosting.send_replace(false);
            let _ = std::fs::remove_file(self.directory.join(HostFile::NAME));
            host.station.close().await;
        }
    }

    /// Looks who hosts: another process, whose mesh file is followed, or nobody,
    /// where this one does from now on. False while another process is still
    /// about to. A station that does not start is tried again on the next look,
    /// by whichever member gets the lock then.
    async fn look(&mut self) -> Result<bool, DevMeshError> {
        let Some(lock) = try_lock(&self.directory)? else {
            let file = hosted(&self.directory, self.profile)?;
            let is_hosted = file.is_some();
            if let Some(file) = file {
                self.follow(file);
            }
            return Ok(is_hosted);
        };
        // Never on another port here: the other members know this one.
        let (station, file) = start(&self.directory, self.profile, None, true).await?;
        info!("the development mesh's station now runs in this process");
        self.follow(file);
        self.host = Some(Host {
            station,
            _lock: lock,
        });
        self.hosting.send_replace(true);
        Ok(true)
    }

    /// Takes note of the mesh file as it is now.
    fn follow(&self, file: MeshFile) {
        let told = self.file.send_if_modified(|held| {
            let moved = *held != file;
            *held = file;
            moved
        });
        if told {
            let station = &self.file.borrow().station;
            warn!(
                host = station.host,
                port = station.port,
                node = station.node_id,
                "the development mesh moved; what is still linked to where it was is alone there"
            );
        }
    }

    /// Warns of a failure, once: a look is repeated as long as this process is
    /// a member.
    fn tell(&mut self, why: String) {
        if self.failure.as_ref() == Some(&why) {
            debug!(%why, "the development mesh is still not watched over");
        } else {
            warn!(%why, "the development mesh is not watched over by this process");
            self.failure = Some(why);
        }
    }
}

fn jitter() -> Duration {
    let random = u64::from_be_bytes(random().unwrap_or_default());
    Duration::from_millis(random % TAKE_OVER_JITTER_MS)
}

fn lock_path(directory: &Path) -> PathBuf {
    directory.join("lock")
}

/// The lock, or `None` while another process holds it. It is held as long as
/// the file is open.
fn try_lock(directory: &Path) -> Result<Option<File>, DevMeshError> {
    let path = lock_path(directory);
    let mut options = File::options();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let tried = options.open(&path).map_err(TryLockError::Error);
    match tried.and_then(|file| file.try_lock().map(|()| file)) {
        Ok(file) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(source)) => Err(DevMeshError::Path { path, source }),
    }
}

/// The mesh file of the station another process runs, once that process says
/// that it does.
fn hosted(directory: &Path, profile: Profile) -> Result<Option<MeshFile>, DevMeshError> {
    let Some(host) = HostFile::read(directory) else {
        return Ok(None);
    };
    let Some(file) = MeshFile::read(directory)? else {
        return Ok(None);
    };
    if file.station.node_id != host.node_id {
        return Ok(None);
    }
    of_profile(directory, file, profile).map(Some)
}

fn of_profile(
    directory: &Path,
    file: MeshFile,
    profile: Profile,
) -> Result<MeshFile, DevMeshError> {
    if file.profile == profile.name() {
        return Ok(file);
    }
    Err(DevMeshError::OtherProfile {
        path: directory.join(MeshFile::NAME),
        kept: file.profile,
        wanted: profile.name().to_owned(),
    })
}

/// [`start`], on another port where the kept one was lost to another program:
/// members that run see it in the mesh file.
async fn start_anywhere(
    directory: &Path,
    profile: Profile,
) -> Result<(Station, MeshFile), DevMeshError> {
    match MeshFile::read(directory) {
        Ok(Some(file)) => drop(of_profile(directory, file, profile)?),
        Ok(None) => {}
        // It says nothing the state does not, and is about to be written anew.
        Err(DevMeshError::Damaged { path, what }) => {
            warn!(path = %path.display(), what, "the mesh file is damaged; it is replaced");
        }
        Err(other) => return Err(other),
    }
    match start(directory, profile, None, false).await {
        Err(DevMeshError::Station(StationError::PortTaken { port })) => {
            warn!(
                port,
                "the development mesh's port is taken; it moves to another"
            );
            start(directory, profile, Some(0), false).await
        }
        started => started,
    }
}

/// Starts the mesh's station in this process, which holds the lock, and tells
/// of it.
async fn start(
    directory: &Path,
    profile: Profile,
    port: Option<u16>,
    takes_over: bool,
) -> Result<(Station, MeshFile), DevMeshError> {
    // Whoever joins from here on waits until this station is up.
    let _ = std::fs::remove_file(directory.join(HostFile::NAME));
    let mut config = StationConfig::new(directory, profile);
    config.port = port;
    let station = Station::start(config).await?;
    let file = MeshFile::of(&station);
    file.write(directory)?;
    let host = HostFile {
        pid: std::process::id(),
        node_id: file.station.node_id.clone(),
        taken_over_ms: takes_over.then(now_ms).and_then(|now| now.try_into().ok()),
    };
    let path = directory.join(HostFile::NAME);
    serde_json::to_vec(&host)
        .map_err(std::io::Error::from)
        .and_then(|text| write_whole(&path, &text))
        .map_err(|source| DevMeshError::Path { path, source })?;
    Ok((station, file))
}
