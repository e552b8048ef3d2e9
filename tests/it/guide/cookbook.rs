//! `docs/cookbook.md`; the build script compiles its Rust.

use super::markdown::Page;

#[test]
fn the_cookbooks_python_is_on_the_page_whose_python_runs() {
    let run = Page::read("docs/callers-in-other-languages.md");
    let page = Page::read("docs/cookbook.md");
    let python: Vec<_> = page
        .blocks
        .iter()
        .filter(|(of, _)| of == "python")
        .collect();
    assert!(!python.is_empty());
    for block in python {
        assert!(run.blocks.contains(block), "{}", block.1);
    }
}

#[test]
fn the_cookbooks_workspace_is_the_scaffolded_one() {
    let page = Page::read("docs/cookbook.md");
    let (_, workspace) = page
        .blocks
        .iter()
        .find(|(of, _)| of == "toml")
        .expect("the page has one");
    let machine = hecate_om_tests::Sandbox::new();
    let args = [
        "scaffold",
        "--name",
        "a",
        "--description",
        "Does X",
        "--slices",
    ];
    let answer = machine.cli(&args);
    assert_eq!(answer.code, 0, "{answer:?}");
    let written = std::fs::read_to_string(machine.path().join("a/Cargo.toml"));
    let written = written.expect("the file was written");
    assert!(written.starts_with(workspace.as_str()), "{written}");
}
