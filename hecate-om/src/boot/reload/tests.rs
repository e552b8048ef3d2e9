use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::Settings;
use crate::boot::environment::BootEnvironment;
use crate::boot::health_state;
use crate::boot::issuers::declared_variables;
use crate::boot::running::RunningService;
use crate::boot::startup::boot;
use crate::capability::Access;
use crate::clock::Clock;
use crate::config::Sources;
use crate::linked::HandlerScope;
use crate::mesh::IdentitySpec;
use crate::service::{Boot, Lifecycle, Service, StartError};
use crate::settings::Secret;

/// Number of files that the property test reloads.
const ROUNDS: usize = 300;

#[derive(Debug, Settings)]
#[settings(crate = crate)]
struct MeteredSettings {
    /// Value that a reload changes.
    #[settings(default = 1, reload)]
    rate: u32,
    /// Value that needs a restart.
    #[settings(default = 1)]
    size: u32,
    key: Option<Secret<String>>,
}

/// A service whose `reload` fails or panics at some rates.
struct Metered {
    rate: AtomicU32,
}

const FAILING: u32 = 998;
const PANICKING: u32 = 999;

impl Service for Metered {
    async fn start(boot: &mut Boot) -> Result<Self, StartError> {
        let settings: &MeteredSettings = boot.settings();
        Ok(Self {
            rate: settings.rate.into(),
        })
    }

    async fn reload(&self, settings: &MeteredSettings) -> Result<(), StartError> {
        assert!(settings.rate != PANICKING, "on purpose");
        if settings.rate == FAILING {
            return Err(StartError::new("the rate is too high"));
        }
        self.rate.store(settings.rate, Ordering::Relaxed);
        Ok(())
    }
}

impl Contract for Metered {
    type Settings = MeteredSettings;
    const NAME: &'static str = "metered";
    const VERSION: &'static str = "1";
    const PACKAGE: &'static str = "metered";
    const DESCRIPTION: &'static str = "";
    const MANIFEST: &'static str = r#"{"name": "metered", "settings": [
        {"variable": "METERED_RATE", "default": "1", "reload": true},
        {"variable": "METERED_SIZE", "default": "1"},
        {"variable": "METERED_KEY", "secret": true}
    ]}"#;
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

/// A booted service with a configuration file.
struct Machine {
    folder: tempfile::TempDir,
    running: RunningService<Metered>,
}

fn sources(folder: &Path) -> Sources {
    let settings: [(&str, &Path); 5] = [
        ("HECATE_MESH", Path::new("optional")),
        ("HECATE_PROFILE", Path::new("pq_pure")),
        ("HECATE_STATE_DIR", folder),
        ("HECATE_SECRETS_DIR", folder),
        ("HECATE_HEALTH_SOCKET", &folder.join("health.sock")),
    ];
    let environment = settings.map(|(name, value)| (OsString::from(name), value.into()));
    let file = Some(folder.join("metered.env"));
    Sources::new(
        environment,
        BTreeMap::new(),
        file,
        declared_variables::<Metered>(),
    )
}

impl Machine {
    async fn boot(file: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "metered.env", file);
        let sources = sources(folder.path());
        let environment = BootEnvironment {
            layers: sources.read().unwrap(),
            clock: Clock::default(),
            scope: HandlerScope::of_service(Metered::PACKAGE, Metered::MANIFEST),
            settings: None,
            states: StateMap::default(),
            issuer: None,
            own_process: false,
            sources: Some(sources),
        };
        let ended = CancellationToken::new();
        let running = boot(environment, health_state::<Metered>(), &ended).await;
        let running: RunningService<Metered> = running.unwrap_or_else(|error| panic!("{error}"));
        Self { folder, running }
    }

    fn reload(&mut self) -> &mut Reload<Metered> {
        self.running.reload.as_mut().unwrap()
    }

    async fn replace(&mut self, file: &str) -> Result<(Vec<String>, Vec<String>), ReloadError> {
        write(self.folder.path(), "metered.env", file);
        self.reload().replace().await
    }

    /// Returns the settings and limits in effect.
    fn in_effect(&mut self) -> InEffect {
        let reload = self.reload();
        let states = reload.states.current();
        let settings: &MeteredSettings = states.get().unwrap();
        let status = reload.control.status("metered/info").unwrap();
        let status = serde_json::to_value(status).unwrap();
        InEffect::new(settings, status["limits"].clone())
    }

    /// Returns what would be in effect after a restart; `None` if it would be refused.
    fn restarted(&mut self) -> Option<InEffect> {
        let reload = self.reload();
        let layers = reload.input.sources.read().ok()?;
        let validated: ValidatedConfig<Metered> =
            reload.input.validate(&layers, &reload.allow_lists).ok()?;
        let guard = &validated.config.guard;
        let limits = RateLimits::new(&guard.with_defaults(Limits::UNSET));
        let limits = serde_json::to_value(limits).unwrap();
        Some(InEffect::new(&validated.settings.settings, limits))
    }
}

#[derive(Debug, Clone, PartialEq)]
struct InEffect {
    rate: u32,
    size: u32,
    key: Option<String>,
    limits: Value,
}

impl InEffect {
    fn new(settings: &MeteredSettings, limits: Value) -> Self {
        Self {
            rate: settings.rate,
            size: settings.size,
            key: settings.key.as_ref().map(|key| key.expose().clone()),
            limits,
        }
    }
}

/// Replaces a file that only its owner can read.
fn write(folder: &Path, name: &str, text: &str) {
    let new = folder.join("new");
    std::fs::write(&new, text).unwrap();
    std::fs::set_permissions(&new, std::fs::Permissions::from_mode(0o600)).unwrap();
    std::fs::rename(&new, folder.join(name)).unwrap();
}

/// Numbers of a linear congruential generator.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: u64) -> u64 {
        let next = self.0.wrapping_mul(6_364_136_223_846_793_005);
        self.0 = next.wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    /// Returns a configuration file, and rewrites the file of the secret.
    fn file(&mut self, folder: &Path) -> String {
        let mut lines = Vec::new();
        for (variable, mistake) in [
            ("METERED_RATE", "fast"),
            ("METERED_SIZE", "-1"),
            ("METERED_RAET", "1"),
        ] {
            let number = self.below(4).to_string();
            let line = |value: &str| format!("{variable}={value}\n");
            match self.below(12) {
                0 => lines.push(line(mistake)),
                1..=7 if variable != "METERED_RAET" => lines.push(line(&number)),
                _ => {}
            }
        }
        match self.below(6) {
            0 | 1 => lines.push(format!("METERED_KEY=inline-{}\n", self.below(3))),
            2..=4 => {
                let empty = self.below(8) == 0;
                let text = if empty {
                    String::new()
                } else {
                    format!("file-{}", self.below(3))
                };
                write(folder, "key", &text);
                lines.push(format!("METERED_KEY_FILE={}/key\n", folder.display()));
            }
            _ => {}
        }
        match self.below(6) {
            0 => lines.push("HECATE_GUARD_LIMITS=per_caller_max=7000\n".into()),
            1..=3 => {
                let limit = 1 + self.below(3);
                lines.push(format!("HECATE_GUARD_LIMITS=per_caller_max={limit}\n"));
            }
            _ => {}
        }
        lines.concat()
    }
}

#[tokio::test]
async fn a_reload_is_a_restart_except_for_what_it_names_and_a_mistake_changes_nothing() {
    let mut machine = Machine::boot("").await;
    let mut numbers = Numbers(7);
    let (mut refused, mut kept_some) = (0, 0);
    for round in 0..ROUNDS {
        let file = numbers.file(machine.folder.path());
        let before = machine.in_effect();
        let outcome = machine.replace(&file).await;
        let after = machine.in_effect();
        let Some(mut expected) = machine.restarted() else {
            assert!(outcome.is_err(), "round {round}: {file}");
            assert_eq!(after, before, "round {round}: {file}");
            refused += 1;
            continue;
        };
        let (changed, kept) = outcome.unwrap_or_else(|error| panic!("round {round}: {error}"));
        let size = String::from("METERED_SIZE");
        if expected.size != before.size {
            assert_eq!(kept, [size], "round {round}: {file}");
            expected.size = before.size;
            kept_some += 1;
        } else {
            assert!(kept.is_empty(), "round {round}: {kept:?}");
        }
        assert_eq!(after, expected, "round {round}: {file}");
        let named = |variable: &str| changed.iter().any(|name| name == variable);
        assert_eq!(
            named("METERED_RATE"),
            after.rate != before.rate,
            "round {round}"
        );
        let rate = machine.running.service.rate.load(Ordering::Relaxed);
        assert_eq!(rate, after.rate, "round {round}: the service was told");
    }
    assert!(
        refused > ROUNDS / 10 && kept_some > ROUNDS / 10,
        "{refused}, {kept_some}"
    );
    assert!(ROUNDS - refused > ROUNDS / 4, "{refused}");
}

#[tokio::test]
async fn a_service_that_fails_to_reload_keeps_everything_as_it_was() {
    let mut machine = Machine::boot("METERED_RATE=2\nMETERED_KEY=one\n").await;
    let before = machine.in_effect();
    for (rate, problem) in [
        (
            FAILING,
            "the service's `reload` failed: the rate is too high",
        ),
        (
            PANICKING,
            "the service's `reload` failed: it panicked: on purpose",
        ),
    ] {
        let file =
            format!("METERED_RATE={rate}\nMETERED_KEY=two\nHECATE_GUARD_LIMITS=window_ms=1\n");
        let error = machine.replace(&file).await.unwrap_err();
        assert!(error.to_string().starts_with(problem), "{error}");
        assert_eq!(machine.in_effect(), before);
    }
}

#[tokio::test]
async fn copies_of_a_secret_have_its_new_value_wherever_it_now_comes_from() {
    let mut machine = Machine::boot("METERED_KEY=one\n").await;
    let states = machine.reload().states.current();
    let settings: &MeteredSettings = states.get().unwrap();
    let copy = settings.key.clone().unwrap();
    let mut watch = copy.watch();
    write(machine.folder.path(), "key", "two\n");
    let path = machine.folder.path().join("key");
    let file = format!("METERED_KEY_FILE={}\n", path.display());
    let (changed, kept) = machine.replace(&file).await.unwrap();
    assert_eq!(changed, ["METERED_KEY", "METERED_KEY_FILE"]);
    assert!(kept.is_empty(), "{kept:?}");
    assert_eq!(watch.changed().await.expose(), "two");
    assert_eq!(
        (&**copy.expose(), &**copy.latest().expose()),
        ("one", "two")
    );
    machine.replace("METERED_KEY=three\n").await.unwrap();
    assert_eq!(copy.latest().expose(), "three");
}
