//! The key `confidential`: `off`, `preferred` or `required`.

use proc_macro2::Ident;

use super::spanned::Spanned;
use super::value::Value;
use crate::Confidential;
use crate::suggest::nearest;

const WORDS: [(&str, Confidential); 3] = [
    ("off", Confidential::Off),
    ("preferred", Confidential::Preferred),
    ("required", Confidential::Required),
];

/// Reads the value of `confidential`.
pub(super) fn confidential(value: &Value) -> syn::Result<Spanned<Confidential>> {
    let forms = "`off`, `preferred` or `required`";
    let word: Ident = syn::parse2(value.tokens.clone())
        .map_err(|_| value.refuse(format!("must be {forms}, without quotes around it")))?;
    let known = WORDS.iter().find(|(known, _)| word == known);
    let Some((_, confidential)) = known else {
        let hint = nearest(&word.to_string(), WORDS.map(|(known, _)| known))
            .map_or_else(String::new, |near| format!(", did you mean `{near}`?"));
        return Err(value.refuse(format!("cannot be `{word}`{hint}\nit must be {forms}")));
    };
    Ok(Spanned::new(*confidential, word.span()))
}
