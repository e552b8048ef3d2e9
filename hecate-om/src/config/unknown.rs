//! The setting that a name which is none was probably meant to be.

use hecate_om_manifest::suggest;

use super::{SETTINGS, Setting};

/// The nearest setting. What all names begin with is left out, as it makes any two of them near.
pub(super) fn nearest(name: &str) -> Option<&'static Setting> {
    let flags: Vec<String> = SETTINGS.iter().map(Setting::flag).collect();
    let word = Setting::flag_of(name);
    let near = suggest::nearest(&word, flags.iter().map(String::as_str))?;
    SETTINGS.iter().find(|setting| setting.flag() == near)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variable(name: &str) -> Option<&'static str> {
        nearest(name).map(|setting| setting.variable)
    }

    #[test]
    fn a_misspelt_name_is_near_its_setting() {
        assert_eq!(variable("HECATE_HEALT_PORT"), Some("HECATE_HEALTH_PORT"));
        assert_eq!(variable("HECATE_REALMKEY"), Some("HECATE_REALM_KEY"));
        assert_eq!(
            variable("MACULA_STATION_SEED"),
            Some("MACULA_STATION_SEEDS")
        );
        assert_eq!(variable("HECATE_PORT"), Some("HECATE_HEALTH_PORT"));
    }

    #[test]
    fn what_they_all_begin_with_makes_no_two_of_them_near() {
        assert_eq!(variable("HECATE_FOO"), None);
    }
}
