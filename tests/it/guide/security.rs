//! `docs/security.md`: each promise has a test that exists, each dependency is used.

use std::collections::BTreeSet;
use std::fs;

use hecate_om_tests::workspace;

use super::markdown::Page;

const PAGE: &str = "docs/security.md";

/// Returns whether a file has a test with this name, which `cargo test` runs.
fn has_test(file: &str, name: &str) -> bool {
    let Ok(source) = fs::read_to_string(workspace().join(file)) else {
        return false;
    };
    let lines: Vec<&str> = source.lines().map(str::trim).collect();
    let starts = [format!("fn {name}("), format!("async fn {name}(")];
    let is_function = |line: &&str| starts.iter().any(|start| line.starts_with(start));
    let Some(function) = lines.iter().position(is_function) else {
        return false;
    };
    let attributes = lines[..function].iter().rev();
    let attributes: Vec<&&str> = attributes
        .take_while(|line| line.starts_with('#'))
        .collect();
    let any = |attribute: &str| attributes.iter().any(|line| line.starts_with(attribute));
    (any("#[test]") || any("#[tokio::test")) && !any("#[ignore")
}

#[test]
fn each_promise_on_the_page_is_shown_by_a_test() {
    let page = Page::read(PAGE);
    let mut missing = Vec::new();
    let mut tests = BTreeSet::new();
    for section in page.sections() {
        for row in page.rows(section) {
            let [_, shown_by] = &row[..] else { continue };
            // The tables without tests have no paths in their last column.
            for test in shown_by.split(", ").filter(|cell| cell.contains("::")) {
                let (file, name) = test.split_once("::").expect("a path and a name");
                if !has_test(file, name) {
                    missing.push(test.to_owned());
                }
                tests.insert(test.to_owned());
            }
        }
    }
    assert!(
        missing.is_empty(),
        "{PAGE} names missing tests: {missing:#?}"
    );
    assert!(tests.len() > 50, "{} tests", tests.len());
}

#[test]
fn each_row_of_an_adversary_names_a_test() {
    let text = fs::read_to_string(workspace().join(PAGE)).expect("the page can be read");
    let mut is_promise = false;
    for line in text.lines() {
        let is_row = line.starts_with('|');
        if line == "| promise | shown by |" {
            is_promise = true;
        } else if is_promise && is_row && !line.starts_with("|---") {
            let (_, shown_by) = line
                .trim_end_matches(" |")
                .rsplit_once(" | ")
                .expect("two cells");
            assert!(shown_by.contains(".rs::"), "no test: {line}");
        }
        is_promise &= is_row;
    }
}

#[test]
fn each_dependency_on_the_page_is_one() {
    let lock = fs::read_to_string(workspace().join("Cargo.lock")).expect("there is a lock file");
    let page = Page::read(PAGE);
    let crates = page.column("Dependencies");
    assert!(crates.len() > 10, "{crates:?}");
    for name in crates.iter().flat_map(|cell| cell.split(", ")) {
        let entry = format!("name = \"{name}\"\n");
        assert!(
            lock.contains(&entry),
            "{PAGE}: `{name}` is not in Cargo.lock"
        );
    }
}
