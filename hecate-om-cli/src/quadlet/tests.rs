//! Hostile texts in a manifest do not add or change lines of a unit.

use hecate_om_manifest::Manifest;
use serde_json::{Value, json};

use super::{UnitSpec, units};

/// Strings with a special meaning for systemd, Podman, a shell or a terminal.
const PIECES: [&str; 24] = [
    "a",
    "é",
    " ",
    "\\",
    "\\\\",
    "%",
    "%n",
    "%%",
    "\"",
    "'",
    "\n",
    "\r",
    "\t",
    "\0",
    "\u{1b}[2J",
    "\u{85}",
    "\u{2028}",
    "#",
    ";",
    "=",
    "$X",
    ":",
    "\n[Service]\nExecStart=/bin/x\n",
    "-",
];

/// Returns every concatenation of up to `pieces` of [`PIECES`].
fn hostile(pieces: usize) -> Vec<String> {
    let mut all = vec![String::new()];
    let mut last = all.clone();
    for _ in 0..pieces {
        let longer = |text: &String| PIECES.map(|piece| format!("{text}{piece}"));
        last = last.iter().flat_map(longer).collect();
        all.extend(last.iter().cloned());
    }
    all
}

fn manifest() -> Value {
    json!({
        "name": "a", "description": "b", "image": "ghcr.io/c/a", "capabilities": [], "depends_on": ["d"],
        "ports": {"health": 1}, "volumes": {"state": "/e", "other": "/f"},
        "limits": {"memory": "1 GiB", "tasks": 1},
        "settings": [
            {"variable": "A_B", "doc": "c", "default": "d"},
            {"variable": "A_C", "doc": "c", "secret": true, "required": true},
        ],
    })
}

fn read(manifest: &Value) -> Result<[Vec<Setting>; 2], Vec<String>> {
    let manifest = Manifest::parse(&manifest.to_string()).unwrap();
    Ok(units(&UnitSpec::from_manifest(&manifest)?).map(|(_, text)| settings(&text)))
}

/// Section, key and value.
type Setting = (String, String, String);

/// Parses a unit like systemd, and like Podman, for which any `\` at the end continues the line.
fn settings(unit: &str) -> Vec<Setting> {
    let mut section = String::new();
    let mut found = Vec::new();
    for line in unit.split(['\n', '\r', '\0']) {
        assert!(!line.ends_with('\\'), "it goes on to the next line: {line}");
        let line = line.trim();
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        match line.split_once('=') {
            _ if line.starts_with('[') => section = line.to_owned(),
            Some((key, value)) => found.push((section.clone(), key.to_owned(), value.to_owned())),
            None => panic!("no setting: {line}"),
        }
    }
    found
}

/// Expands specifiers like systemd.
fn expanded(value: &str) -> String {
    let mut text = String::new();
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        if c != '%' {
            text.push(c);
            continue;
        }
        match chars.next() {
            Some('%') => text.push('%'),
            Some('i') => {}
            other => panic!("the specifier {other:?}: {value}"),
        }
    }
    text
}

#[test]
fn any_description_stays_on_its_line_and_keeps_its_meaning() {
    let plain = read(&manifest()).unwrap();
    for text in hostile(3) {
        let mut manifest = manifest();
        manifest["description"] = json!(text);
        let words: Vec<&str> = text.split_whitespace().collect();
        let shown = words.join(" ").replace(char::is_control, "\u{fffd}");
        let shown = if shown.is_empty() { "a" } else { &shown };
        let units = read(&manifest).unwrap();
        for ((unit, plain), more) in units.iter().zip(&plain).zip(["", " (development)"]) {
            assert_eq!(unit.len(), plain.len(), "{text:?}: {unit:#?}");
            for (setting, plain) in unit.iter().zip(plain) {
                match &*setting.1 {
                    "Description" => {
                        assert_eq!(expanded(&setting.2), format!("{shown}{more}"), "{text:?}")
                    }
                    _ => assert_eq!(setting, plain, "{text:?}"),
                }
            }
        }
    }
}

#[test]
fn any_other_text_is_written_unchanged_or_refused() {
    let plain = read(&manifest()).unwrap();
    let pointers = [
        ("/name", ""),
        ("/image", "ghcr.io/c/"),
        ("/image", ""),
        ("/depends_on/0", ""),
        ("/volumes/state", "/"),
        ("/volumes/other", "/"),
        ("/limits/memory", "1 "),
    ];
    for (pointer, before) in pointers {
        for text in hostile(2) {
            let mut manifest = manifest();
            *manifest.pointer_mut(pointer).unwrap() = json!(format!("{before}{text}"));
            let Ok(units) = read(&manifest) else {
                continue;
            };
            assert!(
                !text.contains(|c: char| c.is_whitespace()
                    || c.is_control()
                    || "\\%\"'$".contains(c)),
                "{pointer}: {text:?}"
            );
            for (unit, plain) in units.iter().zip(&plain) {
                let keys = |unit: &[Setting]| -> Vec<(String, String)> {
                    let keys = unit
                        .iter()
                        .map(|(section, key, _)| (section.clone(), key.clone()));
                    keys.collect()
                };
                assert_eq!(keys(unit), keys(plain), "{pointer}: {text:?}");
            }
        }
    }
}

#[test]
fn an_image_is_neither_an_option_nor_tagged() {
    for (image, is_one) in [
        ("ghcr.io/c/a", true),
        ("localhost/a", true),
        ("registry.example.org:5000/c/a", true),
        ("[::1]:5000/c/a", true),
        ("--privileged", false),
        ("ghcr.io/c/a:main", false),
        ("ghcr.io/c/a@sha256:00", false),
        ("ghcr.io/c/", false),
        ("", false),
    ] {
        let mut manifest = manifest();
        manifest["image"] = json!(image);
        assert_eq!(read(&manifest).is_ok(), is_one, "{image}");
    }
}
