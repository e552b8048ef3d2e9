//! `docs/first-service.md` shows the output and the files of the scaffold.

use hecate_om_tests::Sandbox;

use super::markdown::Page;

const NAME: &str = "hecate-words";

#[test]
fn the_first_service_on_the_page_is_the_scaffolded_one() {
    let page = Page::read("docs/first-service.md");
    let machine = Sandbox::new();
    let description = "Counts words over the mesh";
    let answer = machine.cli(&["scaffold", "--name", NAME, "--description", description]);
    assert_eq!(answer.code, 0, "{answer:?}");

    let without_count = |text: &str| text.replace(|c: char| c.is_ascii_digit(), "");
    let command = format!("$ hecate-om scaffold --name {NAME} --description \"{description}\"\n");
    let session = without_count(&format!("{command}{}\n", answer.stdout));
    let mut blocks = page.blocks.iter().map(|(_, text)| without_count(text));
    assert!(blocks.any(|text| text == session), "{session}");

    let path = machine.path().join(NAME).join("src/count_words.rs");
    let source = std::fs::read_to_string(path).expect("the file was written");
    let mut cut = page.blocks.iter().filter(|(of, _)| of == "rust,ignore");
    let (_, attribute) = cut.next().expect("its attribute is shown");
    assert!(source.contains(attribute.as_str()), "{attribute}");
    assert_eq!(cut.next(), None);
}
