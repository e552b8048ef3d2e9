{%- if bare -%}
//! The service `{{ project-name }}`. What it can do is in {% if slices %}its slices, `apps/*`{% else %}modules of their own{% endif %}; none of it is listed here.

/// {{ description }}
#[hecate_om::hecate_service(main = false, health_port = {{ health_port }})]
#[derive(Debug, Default)]
pub struct {{ project-name | upper_camel_case }};
{%- elsif slices -%}
//! The service `{{ project-name }}`. What it can do is in its slices, `apps/*`; none of it is listed here.

/// {{ description }}
#[hecate_om::hecate_service(main = false, health_port = {{ health_port }})]
#[derive(Debug)]
pub struct {{ project-name | upper_camel_case }};

impl hecate_om::Service for {{ project-name | upper_camel_case }} {
    async fn start(boot: &mut hecate_om::Boot) -> Result<Self, hecate_om::StartError> {
        // What the slices share; a capability borrows it by its type.
        boot.provide(project_notes::Notes::default());
        Ok(Self)
    }
}
{%- else -%}
//! The service `{{ project-name }}`. What it can do is in its modules; none of it is listed here.

pub mod count_words;

/// {{ description }}
#[hecate_om::hecate_service(main = false, health_port = {{ health_port }})]
#[derive(Debug, Default)]
pub struct {{ project-name | upper_camel_case }};
{%- endif %}
