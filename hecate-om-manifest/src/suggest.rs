//! The word that was probably meant: an attribute's key, a setting's name.

/// The nearest of `known`, which are in lower case, when it is near enough to be worth naming.
///
/// Two words are near when one contains the other (`ttl` and `ttl_days`) or when about a third of
/// the letters differ (`verison` and `version`).
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_ascii_lowercase();
    known
        .into_iter()
        .map(|candidate| (distance(&word, candidate), candidate))
        .filter(|&(distance, candidate)| {
            distance <= candidate.len().max(word.len()) / 3 || contains(&word, candidate)
        })
        .min()
        .map(|(_, candidate)| candidate)
}

/// Words of one or two letters are part of nearly everything and say nothing.
fn contains(word: &str, candidate: &str) -> bool {
    word.len() > 2 && (candidate.contains(word) || word.contains(candidate))
}

/// How many letters must be inserted, removed, replaced or swapped with their neighbour to turn one
/// word into the other: the distance of optimal string alignment.
fn distance(from: &str, to: &str) -> usize {
    let (from, to): (Vec<char>, Vec<char>) = (from.chars().collect(), to.chars().collect());
    // `best[i][j]` is the distance between the first `i` letters of one and `j` of the other.
    let mut best = vec![vec![0; to.len() + 1]; from.len() + 1];
    for i in 0..=from.len() {
        for j in 0..=to.len() {
            best[i][j] = if i == 0 || j == 0 {
                i + j
            } else {
                let replaced = best[i - 1][j - 1] + usize::from(from[i - 1] != to[j - 1]);
                let swapped =
                    i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1];
                let swapped = if swapped {
                    best[i - 2][j - 2] + 1
                } else {
                    usize::MAX
                };
                let shifted = best[i - 1][j].min(best[i][j - 1]) + 1;
                replaced.min(swapped).min(shifted)
            };
        }
    }
    best[from.len()][to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYS: [&str; 4] = ["version", "access", "ttl_days", "timeout"];

    #[test]
    fn swapped_and_lost_letters_are_near() {
        assert_eq!(nearest("verison", KEYS), Some("version"));
        assert_eq!(nearest("acess", KEYS), Some("access"));
        assert_eq!(nearest("opne", ["open", "ucan"]), Some("open"));
    }

    #[test]
    fn a_part_of_a_key_is_near() {
        assert_eq!(nearest("ttl", KEYS), Some("ttl_days"));
        assert_eq!(nearest("timeout_ms", KEYS), Some("timeout"));
    }

    #[test]
    fn an_unrelated_word_is_not_near() {
        assert_eq!(nearest("colour", KEYS), None);
        assert_eq!(nearest("t", KEYS), None);
        assert_eq!(nearest("", KEYS), None);
    }
}
