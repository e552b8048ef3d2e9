use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use tokio::net::UnixStream;

use super::*;
use crate::capability::StateMap;
use crate::clock::Clock;
use crate::config::{Layers, OwnVariables};
use crate::linked::HandlerScope;
use crate::mesh::IdentitySpec;
use crate::service::{Boot, Lifecycle, Service, StartError};

/// A service whose `start` fails if the file `fail` exists, and whose `stop` records whether the
/// health listener still accepts connections.
struct Recorder {
    folder: PathBuf,
}

impl Service for Recorder {
    async fn start(boot: &mut Boot) -> Result<Self, StartError> {
        let folder = boot.state_dir()?.to_path_buf();
        if folder.join("fail").exists() {
            return Err(StartError::new("as the test requires"));
        }
        Ok(Self { folder })
    }

    async fn stop(&self) {
        let listening = is_listening(&self.folder).await;
        std::fs::write(self.folder.join("stopped"), format!("{listening}"))
            .expect("the state folder is writable");
    }
}

impl Contract for Recorder {
    type Settings = ();
    const NAME: &'static str = "recorder";
    const VERSION: &'static str = "1";
    const PACKAGE: &'static str = "recorder";
    const DESCRIPTION: &'static str = "";
    const MANIFEST: &'static str = r#"{"name": "recorder"}"#;
    const HEALTH_PORT: u16 = 0;
    const ACCESS: Option<Access> = None;
    const ABORTS: bool = false;
    const IDENTITY_SPEC: IdentitySpec = IdentitySpec {
        scope: "",
        permissions: &[],
        resources: &[],
        ttl_days: 1,
    };

    fn lifecycle() -> Lifecycle<Self> {
        Lifecycle::of_service()
    }
}

async fn is_listening(folder: &Path) -> bool {
    UnixStream::connect(folder.join("health.sock"))
        .await
        .is_ok()
}

/// Boots the service on a development mesh whose folder cannot be created.
async fn refused_boot(folder: &Path) -> BootError {
    let file = folder.join("file");
    std::fs::write(&file, "").expect("the folder is writable");
    let settings: [(&str, &Path); 5] = [
        ("HECATE_MESH", Path::new("dev")),
        ("XDG_STATE_HOME", &file),
        ("HECATE_STATE_DIR", folder),
        ("HECATE_SECRETS_DIR", folder),
        ("HECATE_HEALTH_SOCKET", &folder.join("health.sock")),
    ];
    let settings = settings.map(|(name, value)| (OsString::from(name), value.into()));
    let environment = BootEnvironment {
        layers: Layers::merge(settings, &BTreeMap::new(), None, OwnVariables::default())
            .expect("valid settings"),
        clock: Clock::default(),
        scope: HandlerScope::of_service(Recorder::PACKAGE, Recorder::MANIFEST),
        settings: None,
        states: StateMap::default(),
        issuer: None,
        own_process: false,
        sources: None,
    };
    let health_state = crate::boot::health_state::<Recorder>();
    let booted = boot::<Recorder>(environment, health_state, &CancellationToken::new()).await;
    booted.map(|_| ()).expect_err("the boot is refused")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failed_mesh_step_stops_the_service_before_the_health_listener() {
    let folder = tempfile::tempdir().unwrap();
    let error = refused_boot(folder.path()).await;
    assert_eq!(error.step, "mesh", "{error}");
    assert_eq!(error.names(), "dev_mesh_unavailable");
    let stopped = std::fs::read_to_string(folder.path().join("stopped"));
    assert_eq!(stopped.unwrap(), "true");
    assert!(!is_listening(folder.path()).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failed_start_closes_the_health_listener_and_runs_no_stop() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("fail"), "").unwrap();
    let error = refused_boot(folder.path()).await;
    assert_eq!(error.step, "start", "{error}");
    assert!(!folder.path().join("stopped").exists());
    assert!(!is_listening(folder.path()).await);
}
