//! Splitting of Markdown at headings.

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use super::{Section, titled};

/// Separator of the headings in a path.
const SEPARATOR: &str = " > ";

/// Returns the document's sections in order, each with the path of its headings. The items of a
/// list with titles are sections, too. A heading in a quote or list is part of that block. A
/// heading without text below it is the text of its section. Front matter and comments are dropped.
pub(super) fn sections(text: &str) -> Vec<Section<'_>> {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_YAML_STYLE_METADATA_BLOCKS
        | Options::ENABLE_PLUSES_DELIMITED_METADATA_BLOCKS;
    let mut outline = Outline::default();
    let mut depth = 0usize;
    let mut title: Option<(&str, String)> = None;
    for (event, range) in Parser::new_ext(text, options).into_offset_iter() {
        match event {
            Event::Start(tag) => {
                let block = text.get(range).unwrap_or_default().trim_end();
                match tag {
                    _ if depth > 0 => {}
                    Tag::Heading { .. } => title = Some((block, String::new())),
                    Tag::MetadataBlock(_) => {}
                    Tag::HtmlBlock if is_comment(block) => {}
                    Tag::List(_) => match titled::items(block) {
                        Some(items) => outline.titled_items(items),
                        None => outline.block(block),
                    },
                    _ => outline.block(block),
                }
                depth += 1;
            }
            Event::End(end) => {
                depth = depth.saturating_sub(1);
                if depth == 0
                    && let (TagEnd::Heading(level), Some((block, title))) = (end, title.take())
                {
                    outline.heading(level, title.trim().to_owned(), block);
                }
            }
            Event::Text(part) | Event::Code(part) => {
                if let Some((_, title)) = &mut title {
                    title.push_str(&part);
                }
            }
            Event::SoftBreak | Event::HardBreak => {
                if let Some((_, title)) = &mut title {
                    title.push(' ');
                }
            }
            _ => {}
        }
    }
    outline.finish()
}

/// The sections so far, and the headings above the next block.
#[derive(Default)]
struct Outline<'a> {
    sections: Vec<Section<'a>>,
    path: Vec<(HeadingLevel, String)>,
    /// The text of the last heading, until a block follows.
    empty_heading: Option<(HeadingLevel, &'a str)>,
}

impl<'a> Outline<'a> {
    fn heading(&mut self, level: HeadingLevel, title: String, block: &'a str) {
        self.empty_heading = self.empty_heading.filter(|(above, _)| level <= *above);
        self.push_empty_heading();
        self.empty_heading = Some((level, block));
        self.path.retain(|(above, _)| *above < level);
        self.path.push((level, title));
        self.start_section(None);
    }

    /// Starts a section below the current headings and `title`.
    fn start_section(&mut self, title: Option<&str>) {
        let headings = self.path.iter().map(|(_, title)| title.as_str());
        let headings: Vec<&str> = headings
            .chain(title)
            .filter(|title| !title.is_empty())
            .collect();
        self.sections.push(Section {
            heading: headings.join(SEPARATOR),
            blocks: Vec::new(),
        });
    }

    /// Adds a section for each item, and starts one for the blocks after the list.
    fn titled_items(&mut self, items: Vec<(String, &'a str)>) {
        for (title, block) in items {
            self.start_section(Some(&title));
            self.block(block);
        }
        self.start_section(None);
    }

    fn push_empty_heading(&mut self) {
        if let (Some((_, block)), Some(section)) =
            (self.empty_heading.take(), self.sections.last_mut())
        {
            section.blocks.push(block);
        }
    }

    fn block(&mut self, block: &'a str) {
        self.empty_heading = None;
        if self.sections.is_empty() {
            self.sections.push(Section::default());
        }
        if let Some(section) = self.sections.last_mut() {
            section.blocks.push(block);
        }
    }

    fn finish(mut self) -> Vec<Section<'a>> {
        self.push_empty_heading();
        self.sections
    }
}

/// Returns whether an HTML block is only a comment, such as a licence line.
fn is_comment(block: &str) -> bool {
    block
        .strip_prefix("<!--")
        .and_then(|rest| rest.find("-->").map(|end| rest[end + 3..].trim()))
        .is_some_and(str::is_empty)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outline(text: &str) -> Vec<(String, Vec<&str>)> {
        sections(text)
            .into_iter()
            .map(|section| (section.heading, section.blocks))
            .collect()
    }

    #[test]
    fn each_section_has_the_path_of_its_headings() {
        let text = "intro\n\n# Guide\n\nabout\n\n## `run` it\n\nrun\n\n### Deep\n\ndeep\n\nSecond\n---\n\nsecond\n\n# Next\n\nnext\n";
        assert_eq!(
            outline(text),
            [
                (String::new(), vec!["intro"]),
                ("Guide".into(), vec!["about"]),
                ("Guide > run it".into(), vec!["run"]),
                ("Guide > run it > Deep".into(), vec!["deep"]),
                ("Guide > Second".into(), vec!["second"]),
                ("Next".into(), vec!["next"]),
            ]
        );
    }

    #[test]
    fn code_is_never_a_heading() {
        let text = "# Shell\n\n```sh\n# a comment\nls\n```\n\n> # quoted\n\n- # listed\n";
        assert_eq!(
            outline(text),
            [(
                "Shell".into(),
                vec!["```sh\n# a comment\nls\n```", "> # quoted", "- # listed"]
            )]
        );
    }

    #[test]
    fn lists_and_tables_are_one_block_each() {
        let text = "- one\n- two\n\n| a | b |\n|---|---|\n| 1 | 2 |\n";
        assert_eq!(
            outline(text),
            [(
                String::new(),
                vec!["- one\n- two", "| a | b |\n|---|---|\n| 1 | 2 |"]
            )]
        );
    }

    #[test]
    fn titled_items_are_subsections() {
        assert_eq!(
            outline("# A\n\nbefore\n\n- **One.** x\n- **Two.** y\n\nafter\n"),
            [
                ("A".into(), vec!["before"]),
                ("A > One".into(), vec!["- **One.** x"]),
                ("A > Two".into(), vec!["- **Two.** y"]),
                ("A".into(), vec!["after"]),
            ]
        );
    }

    #[test]
    fn a_heading_without_text_below_it_is_text() {
        assert_eq!(
            outline("# Over\n\n## Bare\n\n## Full\n\ntext\n\n## Last\n"),
            [
                ("Over".into(), vec![]),
                ("Over > Bare".into(), vec!["## Bare"]),
                ("Over > Full".into(), vec!["text"]),
                ("Over > Last".into(), vec!["## Last"]),
            ]
        );
    }

    #[test]
    fn front_matter_and_comments_are_dropped() {
        let text = "---\ntitle: x\n---\n\n<!-- licence -->\n\n# A\n\n<div>kept</div>\n";
        assert_eq!(outline(text), [("A".into(), vec!["<div>kept</div>"])]);
    }
}
