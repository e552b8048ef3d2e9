//! Lines of a unit for the service's own settings.

use hecate_om_manifest::{Manifest, Setting};

use super::escape::{escape, is_word};

/// Validates the names of a manifest's settings.
///
/// # Errors
///
/// Returns all invalid names.
pub(super) fn settings(manifest: &Manifest) -> Result<Vec<Setting>, Vec<String>> {
    let odd = |setting: &&Setting| !is_variable(&setting.variable);
    let errors: Vec<String> = manifest
        .settings
        .iter()
        .filter(odd)
        .map(|setting| {
            format!(
                "`settings`: `{}` is not the name of a variable; build the service again",
                setting.variable
            )
        })
        .collect();
    if errors.is_empty() {
        Ok(manifest.settings.clone())
    } else {
        Err(errors)
    }
}

fn is_variable(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    name.starts_with(|c: char| c.is_ascii_uppercase()) && name.chars().all(allowed)
}

/// Returns the lines of the settings of the service `name`: each setting as a comment with its
/// default, and each secret as a secret of Podman, for the container's `user`. Only required secrets
/// are in force.
pub(super) fn lines(name: &str, settings: &[Setting], user: u32) -> Vec<String> {
    let mut lines = Vec::new();
    if settings.is_empty() {
        return lines;
    }
    lines.push("# Settings of the service, with their defaults. Set them in a drop-in or in EnvironmentFile.".into());
    for setting in settings.iter().filter(|setting| !setting.secret) {
        lines.push(comment(setting));
        lines.push(format!("#Environment={}", assignment(setting)));
    }
    let mut secrets = settings.iter().filter(|setting| setting.secret).peekable();
    if secrets.peek().is_some() {
        lines.push(
            "# Secrets of the service. Create each with `podman secret create NAME FILE`.".into(),
        );
    }
    for setting in secrets {
        let variable = &setting.variable;
        let mark = if setting.required { "" } else { "#" };
        lines.push(comment(setting));
        lines.push(format!(
            "{mark}Secret={name}.{variable},type=mount,target={variable},uid={user},gid={user},mode=0400"
        ));
        lines.push(format!(
            "{mark}Environment={variable}_FILE=/run/secrets/{variable}"
        ));
    }
    lines
}

fn comment(setting: &Setting) -> String {
    let doc = setting.doc.as_deref().unwrap_or(&setting.variable);
    let required = if setting.required { " (required)" } else { "" };
    format!("# {}{required}", escape(doc))
}

/// Returns the assignment of a setting's default, quoted if necessary.
fn assignment(setting: &Setting) -> String {
    let variable = &setting.variable;
    let default = setting.default.as_deref().unwrap_or_default();
    if default.is_empty() || is_word(default) {
        return format!("{variable}={default}");
    }
    if default.contains(char::is_control) {
        return format!("{variable}=");
    }
    let quoted = default
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('%', "%%");
    format!("\"{variable}={quoted}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines_of(list: &str) -> Vec<String> {
        let text = format!(r#"{{"name": "a", "capabilities": [], "settings": {list}}}"#);
        let manifest = Manifest::parse(&text).unwrap();
        lines("hecate-rag", &settings_of(&manifest), 65532)
    }

    fn settings_of(manifest: &Manifest) -> Vec<Setting> {
        settings(manifest).unwrap()
    }

    #[test]
    fn settings_are_comments_and_secrets_are_secrets_of_podman() {
        let lines = lines_of(
            r#"[{"variable": "RAG_CORPUS", "doc": "Folder\nof documents.", "required": true},
                {"variable": "RAG_TOP_K", "default": "10"},
                {"variable": "RAG_MOTTO", "default": "50 % \"more\""},
                {"variable": "RAG_API_KEY", "secret": true, "required": true, "doc": "Key."},
                {"variable": "RAG_TOKEN", "secret": true}]"#,
        );
        assert_eq!(
            lines,
            [
                "# Settings of the service, with their defaults. Set them in a drop-in or in EnvironmentFile.",
                "# Folder of documents. (required)",
                "#Environment=RAG_CORPUS=",
                "# RAG_TOP_K",
                "#Environment=RAG_TOP_K=10",
                "# RAG_MOTTO",
                r#"#Environment="RAG_MOTTO=50 %% \"more\"""#,
                "# Secrets of the service. Create each with `podman secret create NAME FILE`.",
                "# Key. (required)",
                "Secret=hecate-rag.RAG_API_KEY,type=mount,target=RAG_API_KEY,uid=65532,gid=65532,mode=0400",
                "Environment=RAG_API_KEY_FILE=/run/secrets/RAG_API_KEY",
                "# RAG_TOKEN",
                "#Secret=hecate-rag.RAG_TOKEN,type=mount,target=RAG_TOKEN,uid=65532,gid=65532,mode=0400",
                "#Environment=RAG_TOKEN_FILE=/run/secrets/RAG_TOKEN",
            ]
        );
        assert_eq!(lines_of("[]"), [""; 0]);
    }

    #[test]
    fn a_name_that_is_no_variable_is_refused() {
        for name in ["", "rag", "RAG K", "RAG=x", "1RAG", "RAG\\nX"] {
            let text = format!(
                r#"{{"name": "a", "capabilities": [], "settings": [{{"variable": "{name}"}}]}}"#
            );
            let errors = settings(&Manifest::parse(&text).unwrap()).unwrap_err();
            assert!(errors[0].starts_with("`settings`: `"), "{errors:?}");
        }
    }
}
