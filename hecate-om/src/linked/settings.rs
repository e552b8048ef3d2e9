//! Comparison of a binary's settings with its manifest.

use std::collections::{BTreeMap, BTreeSet};

use hecate_om_manifest::Setting;

use crate::config::OwnSetting;

/// Describes how the settings of a binary differ from its manifest; `None` if they do not differ.
pub(crate) fn settings_difference(listed: &[Setting], own: &[OwnSetting]) -> Option<String> {
    let form = |is_secret: bool, is_reloaded: bool, default: Option<&str>, is_required: bool| {
        let default = default.map(|default| format!("with the default `{default}`"));
        let parts = [
            is_secret.then(|| "secret".to_owned()),
            (is_reloaded && !is_secret).then(|| "changed by a reload".to_owned()),
            is_required.then(|| "required".to_owned()),
            default,
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        if parts.is_empty() {
            "optional".to_owned()
        } else {
            parts.join(" and ")
        }
    };
    let listed: BTreeMap<&str, String> = listed
        .iter()
        .map(|setting| {
            let default = setting.default.as_deref();
            let form = form(setting.secret, setting.reload, default, setting.required);
            (&*setting.variable, form)
        })
        .collect();
    let own: BTreeMap<&str, String> = own
        .iter()
        .map(|setting| {
            let form = form(
                setting.is_secret,
                setting.is_reloaded,
                setting.default,
                setting.is_required,
            );
            (&*setting.variable, form)
        })
        .collect();
    let variables: BTreeSet<&str> = listed.keys().chain(own.keys()).copied().collect();
    let mut text = String::new();
    for variable in variables {
        let difference = match (listed.get(variable), own.get(variable)) {
            (Some(listed), None) => format!("in the manifest ({listed}) and not in the binary"),
            (None, Some(own)) => format!("in the binary ({own}) and not in the manifest"),
            (listed, own) if listed == own => continue,
            (Some(listed), Some(own)) => {
                format!("{listed} in the manifest, and {own} in the binary")
            }
            (None, None) => continue,
        };
        text.push_str(&format!("\n  {variable} is {difference}"));
    }
    (!text.is_empty()).then(|| {
        format!(
            "this binary and its manifest have different settings{text}\n  the build script reads the struct from a \
             source file of the package or of a path dependency; build the service again"
        )
    })
}
