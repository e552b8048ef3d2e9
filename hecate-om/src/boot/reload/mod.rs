//! Reload: reads the settings of a running service again, and replaces all that can change without
//! a restart, or nothing.

mod error;

use std::sync::Arc;

use super::allow_lists::{AllowLists, ListedNodes};
use super::defaults;
use super::environment::ReloadInput;
use super::preflight::{ValidatedConfig, preflight};
use super::stop::STOP_TIMEOUT;
use super::systemd::Systemd;
use crate::capability::{GuardControl, Limits, NodeId, StateMap};
use crate::config::{self, Layers, LogFilter, RateLimits, Reloaded};
use crate::health::HealthState;
use crate::panic::catch_async;
use crate::service::Contract;
use crate::settings::{ReadSettings, Secrets};
use crate::telemetry;
use error::ReloadError;

/// What a reload reads, and what it changes.
pub(crate) struct Reload<S> {
    pub(super) input: Arc<ReloadInput>,
    /// Layers in effect.
    pub(super) layers: Arc<Layers>,
    pub(super) service: Arc<S>,
    pub(super) states: Arc<StateMap>,
    pub(super) control: Arc<GuardControl>,
    /// Limits that the attributes set, by procedure.
    pub(super) limits: Vec<(String, Limits)>,
    pub(super) allow_lists: AllowLists,
    pub(super) node_id: NodeId,
    pub(super) secrets: Secrets,
    pub(super) health_state: Arc<HealthState>,
}

/// Settings that were read and validated, and that are not in effect yet.
struct Prepared<S: Contract> {
    layers: Layers,
    /// Variables whose new values take effect.
    changed: Vec<String>,
    /// Variables whose new values take effect only after a restart.
    kept: Vec<String>,
    filter: LogFilter,
    limits: Vec<(String, RateLimits)>,
    listed: ListedNodes,
    settings: ReadSettings<S::Settings>,
}

impl<S: Contract> Reload<S> {
    /// Reads the settings again, and logs and reports the outcome. After a mistake, nothing has
    /// changed. If the future is dropped, either nothing has changed or everything.
    pub(super) async fn run(&mut self, systemd: &Systemd) {
        systemd.reloading();
        match self.replace().await {
            Ok((changed, kept)) => {
                self.health_state.reload.succeeded();
                tracing::info!(changed = changed.join(","), "configuration reloaded");
                if !kept.is_empty() {
                    tracing::warn!(
                        settings = kept.join(","),
                        "changed settings keep their old values until a restart"
                    );
                }
            }
            Err(error) => {
                self.health_state.reload.failed();
                // This line is logged regardless of the filter.
                tracing::error!(
                    target: telemetry::ALWAYS,
                    refusal = error.names(),
                    "reload refused, and nothing has changed: {error}"
                );
            }
        }
        systemd.reloaded();
    }

    /// Returns the variables with new values in effect, and those that keep their old values.
    async fn replace(&mut self) -> Result<(Vec<String>, Vec<String>), ReloadError> {
        let (input, layers) = (Arc::clone(&self.input), Arc::clone(&self.layers));
        let (limits, lists) = (self.limits.clone(), self.allow_lists.clone());
        let preparing = move || Prepared::<S>::read(&input, &layers, &limits, &lists);
        // Reading files may block.
        let prepared = tokio::task::spawn_blocking(preparing).await;
        let prepared = prepared.map_err(|error| ReloadError::Failed(error.to_string()))??;
        self.prepare_service(&prepared).await?;
        let secrets = self.secrets.lock().await;
        // Nothing from here on waits or fails.
        let Prepared {
            layers,
            mut changed,
            kept,
            filter,
            limits,
            listed,
            settings:
                ReadSettings {
                    settings,
                    secrets: read,
                },
        } = prepared;
        telemetry::set_filter(&filter);
        self.control.reset(limits, self.node_id);
        listed.apply();
        changed.extend(secrets.replace(read));
        changed.sort();
        changed.dedup();
        self.states.replace(settings);
        self.layers = Arc::new(layers);
        Ok((changed, kept))
    }

    /// Runs the service's own `reload` in a task, so that it may block its thread.
    async fn prepare_service(&self, prepared: &Prepared<S>) -> Result<(), ReloadError> {
        let service = Arc::clone(&self.service);
        let settings = Arc::clone(&prepared.settings.settings);
        let mut tasks = tokio::task::JoinSet::new();
        tasks.spawn(async move {
            let reload = S::lifecycle().reload;
            catch_async(reload(&service, &settings)).await
        });
        // Dropping the set cancels the task.
        let outcome = match tokio::time::timeout(STOP_TIMEOUT, tasks.join_next()).await {
            Ok(Some(Ok(Ok(outcome)))) => outcome.map_err(|error| error.to_string()),
            Ok(Some(Ok(Err(panic)))) => Err(format!("it panicked: {}", panic.located())),
            // Only a runtime that is shutting down cancels the task.
            Ok(_) => Err("it was cancelled".into()),
            Err(_) => Err(format!("it did not return within {STOP_TIMEOUT:?}")),
        };
        outcome.map_err(ReloadError::Service)
    }
}

impl<S: Contract> Prepared<S> {
    fn read(
        input: &ReloadInput,
        in_effect: &Layers,
        limits: &[(String, Limits)],
        allow_lists: &AllowLists,
    ) -> Result<Self, ReloadError> {
        let new = input.sources.read();
        let new = new.map_err(|error| ReloadError::Refused(error.errors))?;
        // Also refuses what would take effect only after a restart, because the restart would fail.
        input.validate::<S>(&new, allow_lists)?;
        let Reloaded {
            layers,
            changed,
            kept,
        } = in_effect.reloaded(new, |variable| allow_lists.has_setting(variable));
        let ValidatedConfig {
            config,
            settings,
            listed,
            ..
        } = input.validate::<S>(&layers, allow_lists)?;
        let limits = limits.iter().map(|(procedure, limits)| {
            let limits = config.guard.with_defaults(*limits);
            (procedure.clone(), RateLimits::new(&limits))
        });
        Ok(Self {
            filter: config::log_config(&layers).filter,
            limits: limits.collect(),
            changed,
            kept,
            listed,
            settings,
            layers,
        })
    }
}

impl ReloadInput {
    fn validate<S: Contract>(
        &self,
        layers: &Layers,
        allow_lists: &AllowLists,
    ) -> Result<ValidatedConfig<S>, ReloadError> {
        let validated = preflight(
            layers,
            defaults::<S>(),
            &self.scope,
            self.issuers,
            None,
            allow_lists.clone(),
        );
        validated.map_err(|error| ReloadError::Refused(error.refusals))
    }
}

#[cfg(test)]
mod tests;
