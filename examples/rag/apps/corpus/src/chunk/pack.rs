//! Packing of blocks into passages.

/// Maximum size of a passage, in bytes: a few paragraphs. Longer passages dilute the answer; much
/// shorter ones lose its context.
const MAX_PASSAGE: usize = 1_600;

/// Separator of blocks.
const SEPARATOR: &str = "\n\n";

/// Borders at which a long block is cut, the best first, and how many bytes of each stay before the
/// cut: the marker of a list item stays with the item.
const BORDERS: [(&str, usize); 6] = [
    ("\n\n", 2),
    ("\n- ", 1),
    ("\n* ", 1),
    ("\n", 1),
    (". ", 2),
    (" ", 1),
];

/// Joins blocks up to the size of a passage, and cuts longer blocks.
pub(super) fn pack(blocks: &[&str]) -> Vec<String> {
    let mut passages: Vec<String> = Vec::new();
    for piece in blocks.iter().flat_map(|block| pieces(block)) {
        match passages.last_mut() {
            Some(last) if last.len() + SEPARATOR.len() + piece.len() <= MAX_PASSAGE => {
                last.push_str(SEPARATOR);
                last.push_str(piece);
            }
            _ => passages.push(piece.to_owned()),
        }
    }
    passages
}

fn pieces(mut block: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    while block.len() > MAX_PASSAGE {
        let (head, rest) = block.split_at(border(block));
        pieces.push(head.trim_end());
        block = rest.trim_start_matches('\n');
    }
    pieces.push(block.trim_end());
    pieces.retain(|piece| !piece.trim().is_empty());
    pieces
}

/// Returns where to cut a long block: after the best border in the second half of a passage.
fn border(block: &str) -> usize {
    let fits = (0..=MAX_PASSAGE)
        .rev()
        .find(|&at| block.is_char_boundary(at))
        .unwrap_or(MAX_PASSAGE);
    let head = &block[..fits];
    BORDERS
        .iter()
        .filter_map(|(border, before)| head.rfind(border).map(|at| at + before))
        .find(|&at| at >= MAX_PASSAGE / 2)
        .unwrap_or(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_blocks_share_a_passage_and_long_ones_do_not() {
        let long = "x".repeat(MAX_PASSAGE - 2);
        assert_eq!(pack(&["a", "b"]), ["a\n\nb"]);
        assert_eq!(pack(&["a", &long, "b"]), ["a", &long, "b"]);
        assert_eq!(pack(&[]), Vec::<String>::new());
    }

    #[test]
    fn a_long_block_is_cut_at_its_best_border() {
        let line = format!("{}. {}", "a".repeat(500), "b".repeat(498));
        let block = format!("{line}\n{line}\n{line}");
        assert_eq!(pack(&[&block]), [line.as_str(), &line, &line]);
        let sentences = format!("{}. {}", "a".repeat(1_000), "b ".repeat(500));
        assert_eq!(pack(&[&sentences])[0], format!("{}.", "a".repeat(1_000)));
    }

    #[test]
    fn a_long_list_is_cut_between_its_items() {
        let item = format!("- {}\n  {}", "a".repeat(600), "b".repeat(400));
        assert_eq!(pack(&[&format!("{item}\n{item}")]), [item.as_str(), &item]);
    }

    #[test]
    fn a_block_without_borders_is_cut_without_loss() {
        let block = "ä".repeat(3_000);
        let passages = pack(&[&block]);
        assert!(passages.iter().all(|passage| passage.len() <= MAX_PASSAGE));
        assert_eq!(passages.concat(), block);
    }
}
