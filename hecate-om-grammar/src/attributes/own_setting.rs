//! Settings of the service in attributes.

use syn::LitStr;

/// Reads the variable of a setting of the service itself.
pub(super) fn own_setting(literal: &LitStr) -> syn::Result<String> {
    let name = literal.value();
    let word = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    let reserved = ["HECATE_", "MACULA_"];
    if name.starts_with(|first: char| first.is_ascii_uppercase())
        && name.bytes().all(word)
        && !reserved.iter().any(|prefix| name.starts_with(prefix))
    {
        return Ok(name);
    }
    Err(syn::Error::new(
        literal.span(),
        format!(
            "`{name}` cannot be a setting of the service: use capitals, digits and `_`, and not \
             the prefix `HECATE_` or `MACULA_`, which the runtime reserves"
        ),
    ))
}
