//! Suggestions for misspelled words.

/// Returns the word of `known` that is most similar to `word`, if one is similar enough. The words
/// of `known` are in lower case.
///
/// Words are similar if one contains the other (`ttl` and `ttl_days`), or if at most a third of the
/// letters differ (`verison` and `version`).
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_ascii_lowercase();
    known
        .into_iter()
        .map(|candidate| (strsim::osa_distance(&word, candidate), candidate))
        .filter(|&(distance, candidate)| {
            distance <= candidate.len().max(word.len()) / 3 || contains(&word, candidate)
        })
        .min()
        .map(|(_, candidate)| candidate)
}

/// Words of one or two letters are ignored, because they are contained in most words.
fn contains(word: &str, candidate: &str) -> bool {
    word.len() > 2 && (candidate.contains(word) || word.contains(candidate))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYS: [&str; 4] = ["version", "access", "ttl_days", "timeout"];

    #[test]
    fn a_key_is_suggested_for_swapped_and_missing_letters() {
        assert_eq!(nearest("verison", KEYS), Some("version"));
        assert_eq!(nearest("acess", KEYS), Some("access"));
        assert_eq!(nearest("opne", ["open", "ucan"]), Some("open"));
    }

    #[test]
    fn a_key_is_suggested_for_a_part_of_it() {
        assert_eq!(nearest("ttl", KEYS), Some("ttl_days"));
        assert_eq!(nearest("timeout_ms", KEYS), Some("timeout"));
    }

    #[test]
    fn no_key_is_suggested_for_an_unrelated_word() {
        assert_eq!(nearest("colour", KEYS), None);
        assert_eq!(nearest("t", KEYS), None);
        assert_eq!(nearest("", KEYS), None);
    }
}
