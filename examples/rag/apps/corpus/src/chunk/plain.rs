//! Splitting of plain text at blank lines.

use super::Section;

/// Returns one section with the paragraphs of the text.
pub(super) fn sections(text: &str) -> Vec<Section<'_>> {
    let mut blocks = Vec::new();
    let mut start = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        match (line.trim().is_empty(), start) {
            (false, None) => start = Some(at),
            (true, Some(from)) => {
                blocks.push(text[from..at].trim_end());
                start = None;
            }
            _ => {}
        }
        at += line.len();
    }
    if let Some(from) = start {
        blocks.push(text[from..].trim_end());
    }
    vec![Section {
        heading: String::new(),
        blocks,
    }]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_end_at_blank_lines_even_with_spaces_in_them() {
        let sections = sections("\n\nfirst\nline\n \t\n  second\n\n\nthird");
        assert_eq!(sections[0].blocks, ["first\nline", "  second", "third"]);
    }
}
