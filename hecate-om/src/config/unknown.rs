//! Suggestions for unknown variable names.

use hecate_om_manifest::suggest;

use super::{OwnVariables, SETTINGS, Setting};

/// Returns the setting, or variable of the service, with the most similar name. The common prefix
/// of all settings is ignored, because it would make all of them similar.
pub(super) fn nearest(name: &str, own: &OwnVariables) -> Option<String> {
    let without_prefix = |name: &str| {
        let prefix = own.prefix.as_deref().unwrap_or_default();
        Setting::flag_of(name.strip_prefix(prefix).unwrap_or(name))
    };
    let settings = SETTINGS.iter().map(|setting| setting.variable.to_owned());
    let known: Vec<(String, String)> = settings
        .chain(own.names())
        .map(|variable| (without_prefix(&variable), variable))
        .collect();
    let flag = without_prefix(name);
    let near = suggest::nearest(&flag, known.iter().map(|(flag, _)| &**flag))?.to_owned();
    let found = known.into_iter().find(|(flag, _)| *flag == near);
    found.map(|(_, variable)| variable)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variable(name: &str) -> Option<&'static str> {
        let own = OwnVariables {
            env: vec!["CARRIER_URL"],
            ..OwnVariables::default()
        };
        nearest(name, &own).map(|variable| &*variable.leak())
    }

    #[test]
    fn a_misspelt_name_suggests_its_variable() {
        assert_eq!(variable("HECATE_HEALT_PORT"), Some("HECATE_HEALTH_PORT"));
        assert_eq!(variable("HECATE_REALMKEY"), Some("HECATE_REALM_KEY"));
        assert_eq!(
            variable("MACULA_STATION_SEED"),
            Some("MACULA_STATION_SEEDS")
        );
        assert_eq!(variable("HECATE_PORT"), Some("HECATE_HEALTH_PORT"));
        assert_eq!(variable("CARIER_URL"), Some("CARRIER_URL"));
    }

    #[test]
    fn the_common_prefix_alone_suggests_nothing() {
        assert_eq!(variable("HECATE_FOO"), None);
    }
}
