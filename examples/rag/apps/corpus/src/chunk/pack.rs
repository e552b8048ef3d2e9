//! Blocks packed into passages of a size that ranks and reads well.

/// The longest passage, in bytes: a few paragraphs. In longer ones the answer is diluted by what stands beside it,
/// much shorter ones lose what the answer refers to.
const MAX_PASSAGE: usize = 1_600;

/// What stands between two blocks.
const GAP: &str = "\n\n";

/// Where a block that is too long may be cut, the best border first, and how much of it stays before the cut: the
/// mark of a list's item goes with the item.
const BORDERS: [(&str, usize); 6] = [
    ("\n\n", 2),
    ("\n- ", 1),
    ("\n* ", 1),
    ("\n", 1),
    (". ", 2),
    (" ", 1),
];

/// Joins blocks up to the size of a passage; a block that alone is longer is cut.
pub(super) fn pack(blocks: &[&str]) -> Vec<String> {
    let mut passages: Vec<String> = Vec::new();
    for piece in blocks.iter().flat_map(|block| pieces(block)) {
        match passages.last_mut() {
            Some(last) if last.len() + GAP.len() + piece.len() <= MAX_PASSAGE => {
                last.push_str(GAP);
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

/// Where to cut a block that is longer than a passage: behind the best border in the latter half of what fits.
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
    fn nothing_is_lost_where_there_is_no_border_at_all() {
        let block = "ä".repeat(3_000);
        let passages = pack(&[&block]);
        assert!(passages.iter().all(|passage| passage.len() <= MAX_PASSAGE));
        assert_eq!(passages.concat(), block);
    }
}
