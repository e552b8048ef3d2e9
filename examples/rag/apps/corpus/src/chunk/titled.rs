//! Lists whose items start with a title in bold.

use pulldown_cmark::{Event, Parser, Tag, TagEnd};

/// Returns the title and text of each item; `None` if an item has no title.
pub(super) fn items(list: &str) -> Option<Vec<(String, &str)>> {
    let mut items: Vec<(String, &str)> = Vec::new();
    let mut depth = 0usize;
    // Whether the next event is the first of an item.
    let mut is_start = false;
    let mut title: Option<String> = None;
    for (event, range) in Parser::new(list).into_offset_iter() {
        match event {
            Event::Start(tag) => {
                match tag {
                    Tag::Item if depth == 1 => {
                        items.push((String::new(), list.get(range)?.trim_end()));
                        is_start = true;
                    }
                    Tag::Paragraph => {}
                    Tag::Strong if is_start => {
                        title = Some(String::new());
                        is_start = false;
                    }
                    _ => is_start = false,
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
                None => is_start = false,
            },
            Event::SoftBreak | Event::HardBreak => {
                if let Some(title) = &mut title {
                    title.push(' ');
                }
            }
            _ => is_start = false,
        }
    }
    let all_titled = items.iter().all(|(title, _)| !title.is_empty());
    all_titled.then_some(items)
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
    fn bold_words_inside_an_item_are_not_titles() {
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
