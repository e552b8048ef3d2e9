//! `docs/operating.md` lists all log lines, settings, metrics and refusals of a service, and no
//! others.

use std::collections::BTreeSet;
use std::path::Path;

use proc_macro2::TokenTree;

use super::markdown::Page;
use super::sources::{
    below, each_sequence, in_parentheses, outside_tests, shape, text, texts, tokens,
};

const PAGE: &str = "docs/operating.md";

/// Asserts that both sets are equal, and names the differences.
#[track_caller]
fn assert_same(on_the_page: &BTreeSet<String>, in_the_code: &BTreeSet<String>) {
    let missing: Vec<_> = in_the_code.difference(on_the_page).collect();
    let gone: Vec<_> = on_the_page.difference(in_the_code).collect();
    assert!(
        missing.is_empty() && gone.is_empty(),
        "{PAGE} lacks {missing:#?}, and has what is not in the code: {gone:#?}"
    );
}

/// Returns the log lines in a crate, such as `WARN … lapses`, except those that consist of a
/// variable only.
fn log_lines(folder: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for path in below(folder) {
        each_sequence(outside_tests(&path), &mut |tokens| {
            for three in tokens.windows(3) {
                let [TokenTree::Ident(level), TokenTree::Punct(bang), arguments] = three else {
                    continue;
                };
                let level = level.to_string().to_uppercase();
                let is_one = ["INFO", "WARN", "ERROR"].contains(&level.as_str());
                let (true, '!', Some(arguments)) =
                    (is_one, bang.as_char(), in_parentheses(arguments))
                else {
                    continue;
                };
                let message =
                    shape(&message(&arguments).unwrap_or_else(|| {
                        panic!("{}: a log line without a text", path.display())
                    }));
                if message.chars().any(char::is_alphabetic) {
                    found.insert(format!("{level} {message}"));
                }
            }
        });
    }
    found
}

/// Returns the text among the arguments of a log macro: the first literal that is not a field's
/// value.
fn message(arguments: &[TokenTree]) -> Option<String> {
    let is_value = |before: Option<&TokenTree>| matches!(before, Some(TokenTree::Punct(p)) if p.as_char() == '=');
    let mut before = None;
    for token in arguments {
        if let (Some(text), false) = (text(token), is_value(before)) {
            return Some(text);
        }
        before = Some(token);
    }
    None
}

#[test]
fn every_log_line_is_on_the_page() {
    let page = Page::read(PAGE);
    for (heading, folder) in [
        ("Log lines", "hecate-om/src"),
        ("Log lines of the development mesh", "hecate-om-station/src"),
    ] {
        let rows = page.rows(heading).iter();
        let on_the_page = rows.map(|row| format!("{} {}", row[1], row[0])).collect();
        assert_same(&on_the_page, &log_lines(folder));
    }
}

#[test]
fn every_metric_is_on_the_page() {
    let mut registered = BTreeSet::new();
    for path in below("hecate-om/src/health/metrics") {
        each_sequence(outside_tests(&path), &mut |tokens| {
            for three in tokens.windows(3) {
                // A name followed by its description.
                let (Some(name), Some(help)) = (text(&three[0]), text(&three[2])) else {
                    continue;
                };
                let families = ["hecate_", "process_", "rpc_", "messaging_"];
                if families.iter().any(|family| name.starts_with(family)) && help.contains(' ') {
                    registered.insert(name);
                }
            }
        });
    }
    let page = Page::read(PAGE);
    let named: BTreeSet<String> = page
        .column("Metrics")
        .iter()
        .flat_map(|cell| cell.split(", ").map(str::to_owned).collect::<Vec<_>>())
        .map(|name| {
            // The text format adds these suffixes to counters, histograms of seconds and infos.
            let plain = ["_total", "_seconds", "_info"]
                .iter()
                .filter_map(|added| name.strip_suffix(added))
                .find(|plain| registered.contains(*plain));
            plain.unwrap_or(&name).to_owned()
        })
        .collect();
    assert_same(&named, &registered);
}

#[test]
fn every_refusal_of_boot_is_on_the_page() {
    let mut reasons = BTreeSet::new();
    let list = Path::new("hecate-om/src/boot_refusal.rs");
    each_sequence(tokens(list), &mut |tokens| {
        for pair in tokens.windows(2) {
            if let (TokenTree::Ident(own), Some(inside)) = (&pair[0], in_parentheses(&pair[1]))
                && own == "Self"
                && let [literal] = &inside[..]
            {
                reasons.extend(text(literal));
            }
        }
    });
    assert_same(&Page::read(PAGE).column("Boot refusals"), &reasons);
}

#[test]
fn every_variable_is_on_the_page() {
    let is_variable = |text: &&String| {
        let families = [
            "HECATE_",
            "MACULA_",
            "OTEL_",
            "XDG_",
            "NOTIFY_",
            "WATCHDOG_",
        ];
        families.iter().any(|family| text.starts_with(family))
            && !text.ends_with('_')
            && text.chars().all(|c| c.is_ascii_uppercase() || c == '_')
    };
    let mut read = BTreeSet::new();
    for path in below("hecate-om/src") {
        read.extend(texts(&path).iter().filter(is_variable).cloned());
    }
    // The build script passes these variables to the compiler.
    read.retain(|variable| !variable.starts_with("HECATE_OM_"));
    assert_same(&Page::read(PAGE).column("Settings"), &read);
}

#[test]
fn every_health_reason_is_on_the_page() {
    let page = Page::read(PAGE);
    let rows = page.rows("Health").iter();
    let on_the_page: BTreeSet<&str> = rows.map(|row| row[0].as_str()).collect();
    for file in ["verdict.rs", "sampler.rs"] {
        let literals = texts(&Path::new("hecate-om/src/health").join(file));
        for reason in literals.iter().map(|text| shape(text)) {
            // A status, a part of a combined reason, or a log line is not a reason.
            let is_none = ["ok", "the health check "]
                .iter()
                .any(|prefix| reason.starts_with(prefix))
                || reason.starts_with(['`', ';']);
            let is_there = on_the_page.iter().any(|row| row.contains(&reason));
            assert!(is_there || is_none, "{PAGE} lacks the reason {reason:?}");
        }
    }
}

#[test]
fn every_state_in_the_health_body_is_on_the_page() {
    let page = Page::read(PAGE);
    let mut states = 0;
    for path in below("hecate-om/src/mesh/serve/status") {
        each_sequence(tokens(&path), &mut |tokens| {
            for five in tokens.windows(5) {
                let (TokenTree::Ident(name), TokenTree::Group(all)) = (&five[0], &five[4]) else {
                    continue;
                };
                if name != "NAMES" {
                    continue;
                }
                for state in all.stream().into_iter().filter_map(|token| text(&token)) {
                    states += 1;
                    assert!(page.code_spans.contains(&state), "{PAGE} lacks `{state}`");
                }
            }
        });
    }
    assert_eq!(states, 8, "the claim's and the grants'");
}
