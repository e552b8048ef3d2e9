//! Prefix of the variables of a service's own settings.

/// Returns the prefix of the variables of a service's own settings, unless the settings set another
/// one: the service's name without `hecate-`, in capitals.
///
/// ```
/// use hecate_om_grammar::settings_prefix;
///
/// assert_eq!(settings_prefix("hecate-rag"), "RAG_");
/// assert_eq!(settings_prefix("query-desk.eu"), "QUERY_DESK_EU_");
/// ```
#[must_use]
pub fn settings_prefix(service: &str) -> String {
    let name = service.strip_prefix("hecate-").unwrap_or(service);
    let letters = name.chars().map(|c| {
        if c.is_ascii_alphanumeric() {
            c.to_ascii_uppercase()
        } else {
            '_'
        }
    });
    letters.chain(['_']).collect()
}
