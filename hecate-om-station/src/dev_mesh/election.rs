//! Election of the station's host: the process that holds the lock.

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
use crate::storage::{read_optional, write_atomic};
use crate::{Profile, Station, StationConfig, StationError};

/// Maximum time until the process that holds the lock has started the station.
const HOST_TIMEOUT: Duration = Duration::from_secs(30);

/// Interval between checks whether another process has started the station.
const HOST_POLL_INTERVAL: Duration = Duration::from_millis(50);

/// Interval between a member's checks whether the host has exited, with jitter so that members do
/// not check at the same time.
const TAKE_OVER_INTERVAL: Duration = Duration::from_millis(700);
const TAKE_OVER_JITTER_MS: u64 = 600;

/// Backoff of a member whose attempts to host fail, without jitter.
const TAKE_OVER_RETRY: ExponentialBuilder = ExponentialBuilder::new()
    .with_min_delay(Duration::from_millis(1_400))
    .with_factor(2.0)
    .with_max_delay(Duration::from_secs(10))
    .without_max_times();

/// A process that is a member of the mesh.
#[derive(Debug)]
pub(super) struct Member {
    directory: PathBuf,
    profile: Profile,
    file: watch::Sender<MeshFile>,
    hosted: Option<HostedStation>,
    hosting: watch::Sender<bool>,
    /// The latest logged error; cleared when a check succeeds.
    last_error: Option<String>,
}

/// The station and the lock of a host. The lock is released after the station is dropped, because
/// the next host needs the station's port.
#[derive(Debug)]
struct HostedStation {
    station: Station,
    _lock: File,
}

/// `host.json`: identifies the host, and is written once the host's station runs. It confirms to
/// members that `mesh.json` describes this station and not an earlier one.
#[derive(Debug, Serialize, Deserialize)]
struct HostFile {
    pid: u32,
    node_id: String,
    /// Time when this process took the mesh over from another process, in Unix milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    taken_over_ms: Option<u64>,
}

/// Returns the time since the running host took the mesh over from another process; `None` if it
/// started the mesh, or if the clock was set back.
pub(super) fn since_take_over(directory: &Path) -> Option<Duration> {
    let taken_over = Duration::from_millis(HostFile::read(directory)?.taken_over_ms?);
    let now = Duration::from_millis(u64::try_from(now_ms()).ok()?);
    now.checked_sub(taken_over)
}

impl HostFile {
    const NAME: &'static str = "host.json";

    /// Reads the file; `None` if it is missing or invalid.
    fn read(directory: &Path) -> Option<Self> {
        let contents = read_optional(&directory.join(Self::NAME), 4096).ok()??;
        serde_json::from_slice(&contents).ok()
    }
}

impl Member {
    pub(super) async fn join(directory: &Path, profile: Profile) -> Result<Self, DevMeshError> {
        prepare(directory)?;
        let deadline = Instant::now() + HOST_TIMEOUT;
        loop {
            if let Some(lock) = try_lock(directory)? {
                let (station, file) = start_on_any_port(directory, profile).await?;
                let hosted = HostedStation {
                    station,
                    _lock: lock,
                };
                return Ok(Self::new(directory, profile, file, Some(hosted)));
            }
            if let Some(file) = read_running_mesh(directory, profile)? {
                return Ok(Self::new(directory, profile, file, None));
            }
            if Instant::now() >= deadline {
                return Err(DevMeshError::NoHost {
                    path: lock_path(directory),
                    pid: HostFile::read(directory).map(|host| host.pid),
                    seconds: HOST_TIMEOUT.as_secs(),
                });
            }
            tokio::time::sleep(HOST_POLL_INTERVAL).await;
        }
    }

    fn new(
        directory: &Path,
        profile: Profile,
        file: MeshFile,
        hosted: Option<HostedStation>,
    ) -> Self {
        Self {
            directory: directory.to_path_buf(),
            profile,
            file: watch::Sender::new(file),
            hosting: watch::Sender::new(hosted.is_some()),
            hosted,
            last_error: None,
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

    /// Takes over the station when its host exits. Returns once `leaving` is cancelled and this
    /// process has stopped its station, if it hosts one.
    pub(super) async fn run(mut self, leaving: CancellationToken) {
        let mut delay = TAKE_OVER_INTERVAL;
        let mut retry = TAKE_OVER_RETRY.build();
        while self.hosted.is_none() {
            tokio::select! {
                () = leaving.cancelled() => return,
                () = tokio::time::sleep(delay + jitter()) => {}
            }
            match self.check_host().await {
                Ok(true) => {
                    self.last_error = None;
                    delay = TAKE_OVER_INTERVAL;
                    retry = TAKE_OVER_RETRY.build();
                }
                Ok(false) => {}
                Err(error) => {
                    self.report_error(error.to_string());
                    delay = retry.next().unwrap_or(delay);
                }
            }
        }
        leaving.cancelled().await;
        if let Some(hosted) = self.hosted.take() {
            self.hosting.send_replace(false);
            let _ = std::fs::remove_file(self.directory.join(HostFile::NAME));
            hosted.station.close().await;
        }
    }

    /// Adopts the mesh file of the host, or hosts the station if no process does. Returns false
    /// while another process is starting the station. If the station fails to start in this
    /// process, the next member that acquires the lock tries.
    async fn check_host(&mut self) -> Result<bool, DevMeshError> {
        let Some(lock) = try_lock(&self.directory)? else {
            let file = read_running_mesh(&self.directory, self.profile)?;
            let is_running = file.is_some();
            if let Some(file) = file {
                self.set_file(file);
            }
            return Ok(is_running);
        };
        // Use only the saved port, which the other members know.
        let (station, file) = start(&self.directory, self.profile, None, true).await?;
        info!("the development mesh's station now runs in this process");
        self.set_file(file);
        self.hosted = Some(HostedStation {
            station,
            _lock: lock,
        });
        self.hosting.send_replace(true);
        Ok(true)
    }

    fn set_file(&self, file: MeshFile) {
        let changed = self.file.send_if_modified(|current| {
            let changed = *current != file;
            *current = file;
            changed
        });
        if changed {
            let station = &self.file.borrow().station;
            warn!(
                host = station.host,
                port = station.port,
                node = station.node_id,
                "the development mesh moved; links to its earlier station reach no other node"
            );
        }
    }

    /// Logs a failed check. A repeated error is logged at debug level, because checks continue as
    /// long as this process is a member.
    fn report_error(&mut self, error: String) {
        if self.last_error.as_ref() == Some(&error) {
            debug!(%error, "the development mesh's host still cannot be checked");
        } else {
            warn!(%error, "the development mesh's host cannot be checked");
            self.last_error = Some(error);
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

/// Returns the lock, or `None` while another process holds the lock. Closing the file releases the
/// lock.
fn try_lock(directory: &Path) -> Result<Option<File>, DevMeshError> {
    let path = lock_path(directory);
    let mut options = File::options();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let opened = options.open(&path).map_err(TryLockError::Error);
    match opened.and_then(|file| file.try_lock().map(|()| file)) {
        Ok(file) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(source)) => Err(DevMeshError::Path { path, source }),
    }
}

/// Returns the mesh file if another process runs the station.
fn read_running_mesh(directory: &Path, profile: Profile) -> Result<Option<MeshFile>, DevMeshError> {
    let Some(host) = HostFile::read(directory) else {
        return Ok(None);
    };
    let Some(file) = MeshFile::read(directory)? else {
        return Ok(None);
    };
    if file.station.node_id != host.node_id {
        return Ok(None);
    }
    check_profile(directory, &file, profile)?;
    Ok(Some(file))
}

fn check_profile(directory: &Path, file: &MeshFile, profile: Profile) -> Result<(), DevMeshError> {
    if file.profile == profile.name() {
        return Ok(());
    }
    Err(DevMeshError::OtherProfile {
        path: directory.join(MeshFile::NAME),
        existing: file.profile.clone(),
        requested: profile.name().to_owned(),
    })
}

/// Starts the station on its saved port, or on another port if another program uses the
/// saved one. Members read the new port from the mesh file.
async fn start_on_any_port(
    directory: &Path,
    profile: Profile,
) -> Result<(Station, MeshFile), DevMeshError> {
    match MeshFile::read(directory) {
        Ok(Some(file)) => check_profile(directory, &file, profile)?,
        Ok(None) => {}
        // The station's state has the same contents, so the mesh file is written again.
        Err(DevMeshError::Damaged { path, problem }) => {
            warn!(path = %path.display(), problem, "the mesh file is damaged; it is replaced");
        }
        Err(error) => return Err(error),
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

/// Starts the station in this process, which holds the lock, and writes the files that announce it.
async fn start(
    directory: &Path,
    profile: Profile,
    port: Option<u16>,
    takes_over: bool,
) -> Result<(Station, MeshFile), DevMeshError> {
    // Without `host.json`, joining processes wait until the station runs.
    let _ = std::fs::remove_file(directory.join(HostFile::NAME));
    let mut config = StationConfig::new(directory, profile);
    config.port = port;
    let station = Station::start(config).await?;
    let file = MeshFile::new(&station);
    file.write(directory)?;
    let host = HostFile {
        pid: std::process::id(),
        node_id: file.station.node_id.clone(),
        taken_over_ms: takes_over.then(now_ms).and_then(|now| now.try_into().ok()),
    };
    let path = directory.join(HostFile::NAME);
    serde_json::to_vec(&host)
        .map_err(std::io::Error::from)
        .and_then(|text| write_atomic(&path, &text))
        .map_err(|source| DevMeshError::Path { path, source })?;
    Ok((station, file))
}
