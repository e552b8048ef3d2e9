{%- if bare -%}
//! The service `{{ project-name }}`.
//!
//! Its capabilities are in {% if slices %}the slices under `apps`{% else %}modules of this crate{% endif %}; none has to be registered here.
//! Settings of its own are a struct with `#[derive(hecate_om::Settings)]`, which the attribute names:
//! `settings = …`. On SIGHUP, those with `#[settings(reload)]` change without a restart.
//! Code around every call, such as an audit log, is a function that it names: `layers = […]`.
//! Handlers of facts and schedules retry failed work if their attribute says `retries = 5`.
//! A schedule runs on one of several instances if its attribute says `replicas = one`.

/// {{ description }}
#[hecate_om::hecate_service(main = false, health_port = {{ health_port }})]
#[derive(Debug, Default)]
pub struct {{ project-name | upper_camel_case }};
{%- elsif slices -%}
//! The service `{{ project-name }}`.
//!
//! Its capabilities are in the slices under `apps`; none has to be registered here.
//! Settings of its own are a struct with `#[derive(hecate_om::Settings)]`, which the attribute names:
//! `settings = …`. On SIGHUP, those with `#[settings(reload)]` change without a restart.
//! Code around every call, such as an audit log, is a function that it names: `layers = […]`.
//! Handlers of facts and schedules retry failed work if their attribute says `retries = 5`.
//! A schedule runs on one of several instances if its attribute says `replicas = one`.

/// {{ description }}
#[hecate_om::hecate_service(main = false, health_port = {{ health_port }})]
#[derive(Debug)]
pub struct {{ project-name | upper_camel_case }};

impl hecate_om::Service for {{ project-name | upper_camel_case }} {
    async fn start(boot: &mut hecate_om::Boot) -> Result<Self, hecate_om::StartError> {
        // State that the slices share. A capability borrows it by its type.
        boot.provide(project_notes::Notes::default());
        Ok(Self)
    }
}
{%- else -%}
//! The service `{{ project-name }}`.
//!
//! Its capabilities are in modules of this crate; none has to be registered here.
//! Settings of its own are a struct with `#[derive(hecate_om::Settings)]`, which the attribute names:
//! `settings = …`. On SIGHUP, those with `#[settings(reload)]` change without a restart.
//! Code around every call, such as an audit log, is a function that it names: `layers = […]`.
//! Handlers of facts and schedules retry failed work if their attribute says `retries = 5`.
//! A schedule runs on one of several instances if its attribute says `replicas = one`.

pub mod count_words;

/// {{ description }}
#[hecate_om::hecate_service(main = false, health_port = {{ health_port }})]
#[derive(Debug, Default)]
pub struct {{ project-name | upper_camel_case }};
{%- endif %}
