//! A service with settings of every form, layers and allow-lists, for the end-to-end tests.

mod layered;
mod listed;

mod parcels;

use std::path::PathBuf;
use std::time::Duration;

use hecate_om::settings::{ByteSize, Url};
use hecate_om::{Boot, Secret, Service, Settings, StartError, capability, hecate_service};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// Settings of the service.
#[derive(Debug, Settings)]
struct ConfiguredSettings {
    /// Text of the answer.
    greeting: String,
    /// Number of answers.
    #[settings(default = 10, reload)]
    count: u32,
    /// Time between two answers.
    #[settings(default = "30s")]
    pause: Duration,
    /// Languages of the answer.
    #[settings(default = "en", reload)]
    languages: Vec<String>,
    /// Tone of the answer.
    #[settings(default = "calm")]
    tone: Tone,
    /// Address of the translator.
    translator: Option<Url>,
    /// Key of the translator.
    api_key: Option<Secret<String>>,
    #[settings(nested)]
    store: StoreSettings,
}

/// Tone of an answer.
#[derive(Debug, Clone, Copy, Settings, Serialize, Deserialize, JsonSchema)]
enum Tone {
    Calm,
    VeryLoud,
}

/// Settings of the store.
#[derive(Debug, Settings)]
struct StoreSettings {
    /// Folder of the store.
    path: Option<PathBuf>,
    /// Maximum size of the store.
    #[settings(default = "64 KiB")]
    max_size: ByteSize,
}

/// Shows its settings.
#[hecate_service(settings = ConfiguredSettings, layers = [layered::audit])]
struct Configured;

impl Service for Configured {
    async fn start(boot: &mut Boot) -> Result<Self, StartError> {
        boot.provide(layered::AuditLog::default());
        let settings: &ConfiguredSettings = boot.settings();
        tracing::info!(?settings, "settings read");
        assert!(settings.greeting != "panic", "{settings:?}");
        if let Some(api_key) = &settings.api_key {
            let mut watch = api_key.watch();
            tokio::spawn(async move {
                loop {
                    let key = watch.changed().await;
                    tracing::info!(key = digest(&key), "key changed");
                }
            });
        }
        let state = parcels::StateFolder(boot.state_dir()?.to_path_buf());
        boot.provide(state);
        boot.provide(parcels::Parcels::default());
        Ok(Self)
    }

    async fn reload(&self, settings: &ConfiguredSettings) -> Result<(), StartError> {
        if settings.count == 0 {
            return Err(StartError::new("there is no answer"));
        }
        tracing::info!(count = settings.count, "prepared");
        Ok(())
    }
}

/// Returns the digest of a secret.
fn digest(secret: &Secret<String>) -> String {
    hex::encode(Sha256::digest(secret.expose()))
}

/// The settings in use.
#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Shown {
    greeting: String,
    count: u32,
    pause_ms: u64,
    languages: Vec<String>,
    tone: Tone,
    translator: Option<String>,
    /// The digest of the key.
    api_key: Option<String>,
    store_path: Option<PathBuf>,
    store_bytes: u64,
}

impl PartialEq for Tone {
    fn eq(&self, other: &Self) -> bool {
        *self as u8 == *other as u8
    }
}

/// Shows the settings in use.
#[capability("configured.show", version = 1, access = open)]
async fn show(settings: &ConfiguredSettings) -> Shown {
    Shown {
        greeting: settings.greeting.clone(),
        count: settings.count,
        pause_ms: settings.pause.as_millis().try_into().unwrap_or(u64::MAX),
        languages: settings.languages.clone(),
        tone: settings.tone,
        translator: settings
            .translator
            .as_ref()
            .map(|url| url.as_str().to_owned()),
        api_key: settings.api_key.as_ref().map(|key| digest(&key.latest())),
        store_path: settings.store.path.clone(),
        store_bytes: settings.store.max_size.bytes(),
    }
}

#[cfg(test)]
mod tests {
    use hecate_om::testing::TestMesh;

    use super::*;

    fn settings() -> ConfiguredSettings {
        ConfiguredSettings {
            greeting: "hello".into(),
            count: 3,
            pause: Duration::from_secs(1),
            languages: Vec::new(),
            tone: Tone::VeryLoud,
            translator: None,
            api_key: Some(Secret::new("hunter2".into())),
            store: StoreSettings {
                path: None,
                max_size: ByteSize::from_bytes(7),
            },
        }
    }

    #[tokio::test]
    async fn a_test_gives_the_settings_as_a_value() {
        let mesh = TestMesh::start().await;
        let configured = mesh.boot_with::<Configured>(settings()).await;
        let shown = configured.call::<show>(&()).await.unwrap();
        assert_eq!((shown.count, shown.store_bytes), (3, 7));
        assert_eq!(shown.tone, Tone::VeryLoud);
        let key = settings().api_key.unwrap();
        assert_eq!(shown.api_key, Some(digest(&key)));
    }

    #[tokio::test]
    async fn a_test_sets_settings_by_their_variables() {
        let mesh = TestMesh::start().await;
        let configured = mesh.service::<Configured>();
        let configured = configured.setting("CONFIGURED_GREETING", "hello");
        let configured = configured.setting("CONFIGURED_STORE__MAX_SIZE", "1 MiB");
        let configured = configured.boot().await;
        let shown = configured.call::<show>(&()).await.unwrap();
        assert_eq!(shown.greeting, "hello");
        assert_eq!((shown.count, shown.store_bytes), (10, 1 << 20));
    }

    #[tokio::test]
    async fn all_mistakes_refuse_boot_at_once_by_name() {
        let mesh = TestMesh::start().await;
        let configured = mesh.service::<Configured>();
        let configured = configured.setting("CONFIGURED_COUNT", "ten");
        let refused = configured.setting("HECATE_DRAIN_MAX", "soon");
        let refused = refused.try_boot().await.unwrap_err();
        let reasons = ["setting_malformed", "setting_missing", "setting_malformed"];
        assert_eq!(refused.reasons(), reasons, "{refused}");
        let unknown = mesh
            .service::<Configured>()
            .setting("CONFIGURED_CUONT", "1");
        let refused = unknown.try_boot().await.unwrap_err().to_string();
        assert!(
            refused.contains("did you mean CONFIGURED_COUNT?"),
            "{refused}"
        );
    }
}
