//! A page as the forge and the site render it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use hecate_om_tests::workspace;
use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

/// The parts of a page that the tests check.
#[derive(Debug, Default)]
pub(crate) struct Page {
    /// The targets of the page's links.
    pub(crate) links: Vec<String>,
    /// The anchors of the page's headings.
    pub(crate) anchors: BTreeSet<String>,
    /// The page's blocks of code, each with its info string, such as `rust,ignore`.
    pub(crate) blocks: Vec<(String, String)>,
    /// The texts in backticks.
    pub(crate) code_spans: BTreeSet<String>,
    /// The page's tables by section: the text of each row's cells, without the header.
    tables: BTreeMap<String, Vec<Vec<String>>>,
}

impl Page {
    /// Reads a page by its path in the repository.
    pub(crate) fn read(path: impl AsRef<Path>) -> Self {
        let path = workspace().join(path);
        let text = std::fs::read_to_string(&path)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Self::parse(&text)
    }

    fn parse(text: &str) -> Self {
        let mut page = Self::default();
        let mut rendered = String::new();
        let mut section = String::new();
        let mut row = Vec::new();
        let mut in_block = false;
        for event in Parser::new_ext(text, Options::ENABLE_TABLES) {
            match event {
                Event::Text(text) => match page.blocks.last_mut() {
                    Some((_, code)) if in_block => code.push_str(&text),
                    _ => rendered.push_str(&text),
                },
                Event::Code(text) => {
                    rendered.push_str(&text);
                    page.code_spans.insert(text.to_string());
                }
                Event::Start(Tag::Heading { .. } | Tag::TableCell) => rendered.clear(),
                Event::Start(Tag::TableRow) => row.clear(),
                Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                    page.links.push(dest_url.to_string());
                }
                Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(of))) => {
                    page.blocks.push((of.to_string(), String::new()));
                    in_block = true;
                }
                Event::End(TagEnd::CodeBlock) => in_block = false,
                Event::End(TagEnd::Heading(level)) => {
                    page.anchor(&rendered);
                    if level <= HeadingLevel::H2 {
                        section = std::mem::take(&mut rendered);
                    }
                }
                Event::End(TagEnd::TableCell) => row.push(std::mem::take(&mut rendered)),
                Event::End(TagEnd::TableRow) => {
                    let rows = page.tables.entry(section.clone()).or_default();
                    rows.push(std::mem::take(&mut row));
                }
                _ => {}
            }
        }
        page
    }

    /// Adds the anchor of a heading, as the forge and the site render it; repeated headings get a
    /// number.
    fn anchor(&mut self, heading: &str) {
        let slug: String = heading
            .to_lowercase()
            .chars()
            .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
            .map(|c| if c == ' ' { '-' } else { c })
            .collect();
        let numbered = (1..).map(|n| format!("{slug}-{n}"));
        let mut names = std::iter::once(slug.clone()).chain(numbered);
        let free = names.find(|name| !self.anchors.contains(name));
        self.anchors.extend(free);
    }

    /// Returns the rows of the tables in a section.
    #[track_caller]
    pub(crate) fn rows(&self, section: &str) -> &[Vec<String>] {
        self.tables
            .get(section)
            .unwrap_or_else(|| panic!("no table under `{section}`"))
    }

    /// Returns the sections that have tables.
    pub(crate) fn sections(&self) -> impl Iterator<Item = &str> {
        self.tables.keys().map(String::as_str)
    }

    /// Returns the first cells of the rows in a section.
    #[track_caller]
    pub(crate) fn column(&self, section: &str) -> BTreeSet<String> {
        self.rows(section)
            .iter()
            .map(|row| row[0].clone())
            .collect()
    }
}
