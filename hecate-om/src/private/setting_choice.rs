//! Parsing of an enum with `#[derive(Settings)]`.

use hecate_om_manifest::suggest::nearest;

/// Returns the value with this name.
///
/// # Errors
///
/// If no value has this name.
pub fn choice<T, const N: usize>(text: &str, values: [(&str, T); N]) -> Result<T, String> {
    let names = values.each_ref().map(|(name, _)| *name);
    if let Some((_, value)) = values.into_iter().find(|(name, _)| *name == text) {
        return Ok(value);
    }
    let hint =
        nearest(text, names).map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
    Err(format!("`{text}` is not {}{hint}", choice_form(&names)))
}

/// Describes the values of an enum.
#[must_use]
pub fn choice_form(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    format!("one of {}", names.join(", "))
}
