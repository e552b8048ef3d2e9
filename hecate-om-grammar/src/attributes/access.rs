//! The key `access`: `open`, `realm_member("permission")`, `ucan(issuer = "…")`,
//! `ucan(issuer = setting("…"))`, `nodes("…", "…")` or `nodes(setting("…"))`.

use proc_macro2::{Ident, TokenStream};
use syn::parse::{Parse, ParseStream};
use syn::{LitStr, Token, token};

use super::node_list::node_list;
use super::own_setting::own_setting;
use super::spanned::Spanned;
use super::value::Value;
use crate::Access;
use crate::suggest::nearest;

const FORMS: &str =
    "`open`, `realm_member(\"permission\")`, `ucan(issuer = \"…\")` or `nodes(\"…\")`";

/// Reads the value of `access`.
pub(super) fn access(value: &Value) -> syn::Result<Spanned<Access>> {
    let form: AccessForm = syn::parse2(value.tokens.clone())
        .map_err(|_| value.refuse(format!("must be {FORMS}, without quotes around it")))?;
    let no_arguments = form.arguments.is_none();
    let arguments = form.arguments.unwrap_or_default();
    let access = match &*form.word.to_string() {
        "open" if arguments.is_empty() => Access::Open,
        "open" => {
            return Err(value.refuse("takes no arguments after `open`: remove the parentheses"));
        }
        "realm_member" => realm_member(value, arguments)?,
        "ucan" => ucan(value, arguments)?,
        "nodes" if no_arguments => {
            return Err(value.refuse(
                "needs the ids of the nodes: write `nodes(\"…\")`, or `nodes()` for nobody",
            ));
        }
        "nodes" => node_list(value, arguments)?,
        other => {
            let hint = nearest(other, ["open", "realm_member", "ucan", "nodes"])
                .map_or_else(String::new, |near| format!(", did you mean `{near}`?"));
            return Err(value.refuse(format!("cannot be `{other}`{hint}\nit must be {FORMS}")));
        }
    };
    Ok(Spanned::new(access, form.word.span()))
}

/// `word` or `word(arguments)`.
struct AccessForm {
    word: Ident,
    arguments: Option<TokenStream>,
}

impl Parse for AccessForm {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let word = input.parse()?;
        let arguments = if input.peek(token::Paren) {
            let content;
            syn::parenthesized!(content in input);
            Some(content.parse()?)
        } else {
            None
        };
        Ok(Self { word, arguments })
    }
}

fn realm_member(value: &Value, arguments: TokenStream) -> syn::Result<Access> {
    let permission = syn::parse2::<LitStr>(arguments)
        .map(|text| text.value())
        .unwrap_or_default();
    if permission.trim().is_empty() {
        return Err(value.refuse(
            "needs the permission that the caller's token must grant: write \
             `access = realm_member(\"permission\")`",
        ));
    }
    Ok(Access::RealmMember { permission })
}

fn ucan(value: &Value, arguments: TokenStream) -> syn::Result<Access> {
    let issuer: IssuerArgument = syn::parse2(arguments).map_err(|_| {
        value.refuse(
            "needs the issuer of the tokens to accept: write `access = ucan(issuer = \"…\")` with the \
             issuer's node id as 64 hex digits, or `ucan(issuer = setting(\"…\"))` with the \
             environment variable that contains it",
        )
    })?;
    match issuer {
        IssuerArgument::Literal(literal) => {
            let text = literal.value();
            if text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                return Ok(Access::Ucan {
                    issuer: text.to_ascii_lowercase(),
                });
            }
            Err(syn::Error::new(
                literal.span(),
                format!("the issuer `{text}` is not a node id: write 64 hex digits"),
            ))
        }
        IssuerArgument::Setting(literal) => {
            let setting = own_setting(&literal)?;
            Ok(Access::UcanFrom { setting })
        }
    }
}

/// `issuer = "…"` or `issuer = setting("…")`.
enum IssuerArgument {
    Literal(LitStr),
    Setting(LitStr),
}

impl Parse for IssuerArgument {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let key: Ident = input.parse()?;
        if key != "issuer" {
            return Err(input.error("expected `issuer`"));
        }
        input.parse::<Token![=]>()?;
        let issuer = if input.peek(LitStr) {
            Self::Literal(input.parse()?)
        } else {
            let word: Ident = input.parse()?;
            if word != "setting" {
                return Err(input.error("expected `setting`"));
            }
            let content;
            syn::parenthesized!(content in input);
            Self::Setting(content.parse()?)
        };
        input.parse::<Option<Token![,]>>()?;
        Ok(issuer)
    }
}
