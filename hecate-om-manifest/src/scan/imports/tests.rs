use syn::parse_quote;

use super::Origin::{Foreign, Ours, Unknown};
use super::*;

fn runtime() -> BTreeSet<String> {
    BTreeSet::from(["framework".to_owned()])
}

fn scope(source: &syn::File, around: &Imports) -> Imports {
    Imports::of_module(&source.items, around, &runtime(), |_| true)
}

#[track_caller]
fn check(source: &syn::File, expected: &[(Path, Origin)]) {
    let imports = scope(source, &Imports::default());
    for (path, origin) in expected {
        let found = imports.origin(path, "capability", &runtime());
        assert_eq!(found, *origin, "{path:?}");
    }
}

#[test]
fn the_paths_of_the_runtime_are_ours_and_a_bare_name_may_be() {
    check(
        &parse_quote!(),
        &[
            (parse_quote!(capability), Unknown),
            (parse_quote!(::hecate_om::capability), Ours),
            (parse_quote!(framework::capability), Ours),
            (parse_quote!(crate::om::capability), Unknown),
            (parse_quote!(other::capability), Foreign),
            (parse_quote!(::other::capability), Foreign),
            (parse_quote!(hecate_om::capability::other), Foreign),
        ],
    );
}

#[test]
fn a_renamed_import_is_followed() {
    check(
        &parse_quote! {
            extern crate hecate_om as linked;
            use hecate_om::{self as om, Refusal, capability as cap};
            use framework as short;
            use short::capability as through_another;
        },
        &[
            (parse_quote!(cap), Ours),
            (parse_quote!(om::capability), Ours),
            (parse_quote!(linked::capability), Ours),
            (parse_quote!(short::capability), Ours),
            (parse_quote!(through_another), Ours),
            (parse_quote!(om::cap), Foreign),
            (parse_quote!(::om::capability), Foreign),
        ],
    );
}

#[test]
fn another_item_imported_under_the_name_does_not_count() {
    check(
        &parse_quote! {
            use other::{capability, framework as hecate_om};
        },
        &[
            (parse_quote!(capability), Foreign),
            (parse_quote!(hecate_om::capability), Foreign),
            (parse_quote!(::hecate_om::capability), Ours),
        ],
    );
}

#[test]
fn the_exports_of_a_module_are_unknown() {
    check(
        &parse_quote! {
            mod hecate_om;
            mod capability;
            use self::capability::capability;
        },
        &[
            (parse_quote!(capability), Unknown),
            (parse_quote!(hecate_om::capability), Unknown),
            (parse_quote!(::hecate_om::capability), Ours),
        ],
    );
    check(
        &parse_quote!(
            mod capability;
            use capability::capability;
        ),
        &[(parse_quote!(capability), Unknown)],
    );
    check(
        &parse_quote!(
            mod hecate_om;
            use ::hecate_om::capability;
        ),
        &[(parse_quote!(capability), Ours)],
    );
}

#[test]
fn a_glob_of_another_crate_makes_the_bare_name_uncertain() {
    let bare = || parse_quote!(capability);
    for (source, origin) in [
        (
            parse_quote!(
                use hecate_om::*;
            ),
            Ours,
        ),
        (
            parse_quote!(
                use hecate_om as om;
                use om::*;
            ),
            Ours,
        ),
        (
            parse_quote!(
                use hecate_om::*;
                use std::fmt::*;
            ),
            Ours,
        ),
        (
            parse_quote!(
                use hecate_om::testing::*;
            ),
            Unknown,
        ),
        (
            parse_quote!(
                use hecate_om::*;
                use other::*;
            ),
            Unknown,
        ),
        (
            parse_quote!(
                use hecate_om::*;
                use crate::prelude::*;
            ),
            Unknown,
        ),
        (
            parse_quote!(
                use other::*;
                use hecate_om::capability;
            ),
            Ours,
        ),
        (
            parse_quote!(
                use hecate_om::*;
                #[macro_use]
                extern crate other;
            ),
            Unknown,
        ),
    ] {
        check(&source, &[(bare(), origin)]);
    }
}

#[test]
fn a_module_has_the_names_around_it_by_a_glob_of_its_parent() {
    let around = scope(
        &parse_quote!(
            use hecate_om::capability;
        ),
        &Imports::default(),
    );
    for (source, origin) in [
        (
            parse_quote!(
                use super::*;
            ),
            Ours,
        ),
        (
            parse_quote!(
                use super::*;
                use other::capability;
            ),
            Foreign,
        ),
        (
            parse_quote!(
                use super::*;
                use other::*;
            ),
            Unknown,
        ),
        (
            parse_quote!(
                use other::*;
            ),
            Unknown,
        ),
        (parse_quote!(), Unknown),
    ] {
        let imports = scope(&source, &around);
        let found = imports.origin(&parse_quote!(capability), "capability", &runtime());
        assert_eq!(found, origin, "{source:?}");
    }
}

#[test]
fn a_block_uses_the_imports_of_its_scope() {
    let around = scope(
        &parse_quote!(
            use hecate_om::capability;
        ),
        &Imports::default(),
    );
    let items: syn::File = parse_quote!(
        use hecate_om::cron;
    );
    let imports = Imports::of_block(items.items.iter(), &around, &runtime(), |_| true);
    for (path, name) in [
        (parse_quote!(capability), "capability"),
        (parse_quote!(cron), "cron"),
    ] {
        assert_eq!(imports.origin(&path, name, &runtime()), Ours);
    }
}

#[test]
fn cyclic_imports_end() {
    check(
        &parse_quote! {
            use hecate_om;
            use capability::capability;
        },
        &[
            (parse_quote!(hecate_om::capability), Ours),
            (parse_quote!(capability), Foreign),
        ],
    );
}
