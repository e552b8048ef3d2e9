//! The pages, on the forge and as a site.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path, PathBuf};

use hecate_om_tests::workspace;

use super::markdown::Page;

/// The URL of this repository's files on the forge. The site has only the pages of `docs`, which
/// link to other files by it.
const FORGE: &str = concat!(env!("CARGO_PKG_REPOSITORY"), "/src/branch/main/");

/// Returns the Markdown files of a folder, as paths in the repository.
fn in_folder(folder: &str) -> BTreeSet<PathBuf> {
    fs::read_dir(workspace().join(folder))
        .expect("a folder can be read")
        .map(|entry| Path::new(folder).join(entry.expect("an entry can be read").file_name()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .collect()
}

/// Returns the pages whose links are checked.
fn pages() -> BTreeSet<PathBuf> {
    [
        "",
        "docs",
        "docs/decisions",
        "examples/echo",
        "examples/rag",
    ]
    .into_iter()
    .flat_map(in_folder)
    .collect()
}

/// Normalizes a path: `docs/../README.md` becomes `README.md`.
fn normalize(path: &Path) -> PathBuf {
    let mut normalized = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => drop(normalized.pop()),
            other => normalized.push(other),
        }
    }
    normalized
}

/// Returns the mistake in a link of a page, if there is one.
fn mistake_in(page: &Path, link: &str) -> Option<String> {
    let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
    let folder = page.parent().expect("a page is in a folder");
    let by_forge = path.strip_prefix(FORGE);
    let path = match (path, by_forge) {
        (_, Some(path)) => PathBuf::from(path),
        ("", _) => page.to_owned(),
        _ if path.contains("://") => return None,
        _ => normalize(&folder.join(path)),
    };
    if !workspace().join(&path).exists() {
        return Some(format!("there is no `{}`", path.display()));
    }
    if page.starts_with("docs") && !path.starts_with("docs") && by_forge.is_none() {
        return Some(format!(
            "the site has only what is in `docs`: write {FORGE}…"
        ));
    }
    if !anchor.is_empty() && !Page::read(&path).anchors.contains(anchor) {
        return Some(format!("`{}` has no heading `#{anchor}`", path.display()));
    }
    None
}

#[test]
fn every_link_points_to_an_existing_file_and_heading() {
    let mut followed = 0;
    let mut bad = Vec::new();
    for page in pages() {
        for link in Page::read(&page).links {
            followed += 1;
            let why = mistake_in(&page, &link);
            bad.extend(why.map(|why| format!("{}: {link}: {why}", page.display())));
        }
    }
    assert!(bad.is_empty(), "{bad:#?}");
    assert!(followed > 30, "{followed}");
}

#[test]
fn the_summary_has_every_page_once() {
    let mut listed: Vec<PathBuf> = Page::read("docs/SUMMARY.md")
        .links
        .iter()
        .map(|link| Path::new("docs").join(link))
        .collect();
    listed.sort();
    let mut there = in_folder("docs");
    there.extend(in_folder("docs/decisions"));
    there.remove(Path::new("docs/SUMMARY.md"));
    assert_eq!(listed, Vec::from_iter(there));
}

#[test]
fn the_test_on_the_testing_page_is_that_of_the_example() {
    let page = Page::read("docs/testing.md");
    let source = fs::read_to_string(workspace().join("examples/echo/src/main.rs")).unwrap();
    let shown = page.blocks.iter().find(|(of, _)| of == "rust,ignore");
    let (_, shown) = shown.expect("the page shows the test");
    assert!(source.contains(shown.as_str()), "{shown}");
}
