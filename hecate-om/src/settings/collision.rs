//! Names of settings that are already names of the framework, found at compile time.

use super::SettingField;
use crate::config::SETTINGS;

/// Flags and subcommands' flags of a service binary that are not settings.
const FLAGS: [&str; 4] = ["check", "config", "help", "version"];

/// Fails the compilation if a setting has a name of the framework.
///
/// # Panics
///
/// If a top-level field has the flag of a setting of the framework, if the variables would have the
/// framework's prefix, or if a variable is also one of `env`.
pub(crate) const fn refuse_collisions(
    service: &str,
    prefix: Option<&str>,
    fields: &[SettingField],
    env: &[&str],
) {
    if fields.is_empty() {
        return;
    }
    if prefix.is_none() {
        refuse_prefix(service);
    }
    let mut at = 0;
    while at < fields.len() {
        let name = fields[at].name;
        let mut known = 0;
        while known < SETTINGS.len() {
            if same(name, flag_of(SETTINGS[known].variable)) {
                refuse_flag(name);
            }
            known += 1;
        }
        known = 0;
        while known < FLAGS.len() {
            if same(name, FLAGS[known].as_bytes()) {
                refuse_flag(name);
            }
            known += 1;
        }
        known = 0;
        while known < env.len() {
            if is_variable(env[known], service, prefix, name) {
                let text = Text::new()
                    .with("the setting `")
                    .with(name)
                    .with("` and `env` have the same variable, `")
                    .with(env[known])
                    .with("`: remove it from `env`");
                panic!("{}", text.text());
            }
            known += 1;
        }
        at += 1;
    }
}

const fn refuse_flag(name: &str) {
    let text = Text::new()
        .with("the setting `")
        .with(name)
        .with("` has the flag of a setting of hecate-om, `--")
        .with_flag(name)
        .with("`: rename the field, or move it into a struct with `#[settings(nested)]`");
    panic!("{}", text.text());
}

/// Refuses a service's name that gives its settings the prefix of the framework's.
const fn refuse_prefix(service: &str) {
    let name = after(service, "hecate-");
    if starts_with_word(name, "hecate") || starts_with_word(name, "macula") {
        let text = Text::new()
            .with("the name `")
            .with(service)
            .with("` gives the settings of the service the prefix of the framework's own: set another with `#[settings(prefix = \"…\")]`");
        panic!("{}", text.text());
    }
    if !name.is_empty() && name.as_bytes()[0].is_ascii_digit() {
        let text = Text::new()
            .with("the name `")
            .with(service)
            .with("` starts with a digit, and a variable cannot: set another prefix with `#[settings(prefix = \"…\")]`");
        panic!("{}", text.text());
    }
}

/// Returns the part of a variable that is its flag.
const fn flag_of(variable: &str) -> &[u8] {
    after(variable, "HECATE_").as_bytes()
}

/// Returns the text after `start`, or the whole text.
const fn after<'t>(text: &'t str, start: &str) -> &'t str {
    if starts_with(text.as_bytes(), start.as_bytes()) {
        return text.split_at(start.len()).1;
    }
    text
}

const fn starts_with(text: &[u8], start: &[u8]) -> bool {
    if text.len() < start.len() {
        return false;
    }
    text.split_at(start.len()).0.eq_ignore_ascii_case(start)
}

/// Returns whether a name is `word`, or starts with it and a separator.
const fn starts_with_word(name: &str, word: &str) -> bool {
    let name = name.as_bytes();
    starts_with(name, word.as_bytes())
        && (name.len() == word.len() || !name[word.len()].is_ascii_alphanumeric())
}

/// Returns whether a field's name is that of a variable or flag, in any case and with `-` for `_`.
const fn same(name: &str, other: &[u8]) -> bool {
    let name = name.as_bytes();
    name.len() == other.len() && starts_with(name, other)
}

/// Returns whether a variable is that of a field.
const fn is_variable(variable: &str, service: &str, prefix: Option<&str>, name: &str) -> bool {
    let variable = variable.as_bytes();
    let (start, separator) = match prefix {
        Some(prefix) => (prefix.as_bytes(), 0),
        None => (after(service, "hecate-").as_bytes(), 1),
    };
    if variable.len() != start.len() + separator + name.len() {
        return false;
    }
    let mut at = 0;
    while at < variable.len() {
        let byte = if at < start.len() {
            start[at]
        } else if at < start.len() + separator {
            b'_'
        } else {
            name.as_bytes()[at - start.len() - separator]
        };
        let expected = if byte.is_ascii_alphanumeric() {
            byte.to_ascii_uppercase()
        } else {
            b'_'
        };
        if variable[at] != expected {
            return false;
        }
        at += 1;
    }
    true
}

/// Text of an error, composed at compile time.
struct Text {
    bytes: [u8; 512],
    length: usize,
}

impl Text {
    const fn new() -> Self {
        Self {
            bytes: [0; 512],
            length: 0,
        }
    }

    const fn with(self, text: &str) -> Self {
        self.with_bytes(text, false)
    }

    /// Adds a field's name as a flag.
    const fn with_flag(self, name: &str) -> Self {
        self.with_bytes(name, true)
    }

    const fn with_bytes(mut self, text: &str, is_flag: bool) -> Self {
        let bytes = text.as_bytes();
        let mut at = 0;
        while at < bytes.len() && self.length < self.bytes.len() {
            self.bytes[self.length] = match bytes[at] {
                b'_' if is_flag => b'-',
                byte => byte,
            };
            self.length += 1;
            at += 1;
        }
        self
    }

    const fn text(&self) -> &str {
        match std::str::from_utf8(self.bytes.split_at(self.length).0) {
            Ok(text) => text,
            Err(_) => "a setting has a name of hecate-om",
        }
    }
}
