//! Lists of which each item begins with a title in bold, as documents use them for small sections.

use pulldown_cmark::{Event, Parser, Tag, TagEnd};

/// The title and the text of each item; `None` where some item has no title, so that the list is one block.
pub(super) fn items(list: &str) -> Option<Vec<(String, &str)>> {
    let mut items: Vec<(String, &str)> = Vec::new();
    let mut depth = 0usize;
    // Whether nothing of the item has come yet.
    let mut fresh = false;
    let mut title: Option<String> = None;
    for (event, range) in Parser::new(list).into_offset_iter() {
        match event {
            Event::Start(tag) => {
                match tag {
                    Tag::Item if depth == 1 => {
                        items.push((String::new(), list.get(range)?.trim_end()));
                        fresh = true;
                    }
                    Tag::Paragraph => {}
                    Tag::Strong if fresh => {
                        title = Some(String::new());
                        fresh = false;
                    }
                    _ => fresh = false,
                }
                depth += 1;
            }
            Event::End(end) => {
                depth = depth.saturating_sub(1);
                if end == TagEnd::Strong
                    && let Some(title) = title.take()
                {
                    items.last_mut()?.0 = title.trim_end_matches(['.', ':', ',']).to_owned();
                }
            }
            Event::Text(part) | Event::Code(part) => match &mut title {
                Some(title) => title.push_str(&part),
                None => fresh = false,
            },
            Event::SoftBreak | Event::HardBreak => {
                if let Some(title) = &mut title {
                    title.push(' ');
                }
            }
            _ => fresh = false,
        }
    }
    let titled = items.iter().all(|(title, _)| !title.is_empty());
    titled.then_some(items)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_item_has_its_title_and_its_own_text() {
        let list = "- **One.** first\n  line\n- **`two` and\n  more**: second\n\n  - **inner** x\n";
        let items = items(list).unwrap();
        assert_eq!(items[0], ("One".into(), "- **One.** first\n  line"));
        assert_eq!(items[1].0, "two and more");
        assert!(items[1].1.ends_with("- **inner** x"));
        assert_eq!(items.len(), 2);
    }

    #[test]
    fn bold_words_within_an_item_are_no_title() {
        for list in [
            "- plain\n",
            "- **One** first\n- plain\n",
            "- some **bold** words\n",
            "- `code` **bold**\n",
            "- - **nested** only\n",
        ] {
            assert_eq!(items(list), None, "{list}");
        }
    }
}
