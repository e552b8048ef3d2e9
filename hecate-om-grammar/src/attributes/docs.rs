//! Doc comments as text.

use syn::{Attribute, Expr, ExprLit, Lit, Meta};

/// Returns the text of the doc comments among `attributes`, without the space after `///` and
/// without blank lines around the text; empty if there are none.
///
/// `#[doc = include_str!(…)]` is ignored, because its text is not in the source.
#[must_use]
pub fn doc(attributes: &[Attribute]) -> String {
    let mut lines = Vec::new();
    for text in attributes.iter().filter_map(text) {
        let block = text.contains('\n');
        lines.extend(text.split('\n').map(|line| strip(line, block).to_owned()));
    }
    lines.join("\n").trim_matches('\n').to_owned()
}

/// Returns the first paragraph of a doc comment as one line.
#[must_use]
pub fn first_paragraph(doc: &str) -> String {
    let lines = doc.lines().map(str::trim);
    let paragraph = lines.skip_while(|line| line.is_empty());
    let paragraph: Vec<&str> = paragraph.take_while(|line| !line.is_empty()).collect();
    paragraph.join(" ")
}

fn text(attribute: &Attribute) -> Option<String> {
    let Meta::NameValue(meta) = &attribute.meta else {
        return None;
    };
    let Expr::Lit(ExprLit {
        lit: Lit::Str(text),
        ..
    }) = &meta.value
    else {
        return None;
    };
    meta.path.is_ident("doc").then(|| text.value())
}

/// Removes the decoration of a line: a space, and in a `/** … */` comment also ` * `.
fn strip(line: &str, block: bool) -> &str {
    let line = line.trim_end();
    let line = if block {
        let line = line.trim_start();
        line.strip_prefix('*').unwrap_or(line)
    } else {
        line
    };
    line.strip_prefix(' ').unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use syn::parse_quote;

    use super::*;

    #[test]
    fn lines_lose_the_space_after_the_slashes() {
        let attributes: [Attribute; 3] = [
            parse_quote!(#[doc = " Echoes the request."]),
            parse_quote!(#[doc = ""]),
            parse_quote!(#[doc = "   indented"]),
        ];
        assert_eq!(doc(&attributes), "Echoes the request.\n\n  indented");
    }

    #[test]
    fn block_comments_lose_their_stars() {
        let attributes: [Attribute; 1] = [parse_quote!(#[doc = "\n * One.\n *\n * Two.\n "])];
        assert_eq!(doc(&attributes), "One.\n\nTwo.");
    }

    #[test]
    fn other_attributes_and_included_files_are_no_text() {
        let attributes: [Attribute; 3] = [
            parse_quote!(#[derive(Debug)]),
            parse_quote!(#[doc(hidden)]),
            parse_quote!(#[doc = include_str!("README.md")]),
        ];
        assert_eq!(doc(&attributes), "");
    }

    #[test]
    fn the_first_paragraph_is_one_line() {
        assert_eq!(
            first_paragraph("\nEchoes\nthe request.\n\nMore."),
            "Echoes the request."
        );
        assert_eq!(first_paragraph(""), "");
    }
}
