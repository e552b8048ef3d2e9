use expect_test::{Expect, expect};

use super::render;
use crate::attributes::{Errors, SettingsEnum, SettingsItem, SettingsStruct, type_name};

fn read(item: &str) -> SettingsItem {
    let mut errors = Errors::new();
    let item = SettingsItem::read(&syn::parse_str(item).unwrap(), &mut errors);
    assert_eq!(render(errors), "");
    item.unwrap()
}

fn settings(item: &str) -> SettingsStruct {
    match read(item) {
        SettingsItem::Struct(item) => item,
        SettingsItem::Enum(item) => panic!("{item:?}"),
    }
}

fn refused(item: &str, expected: &Expect) {
    let mut errors = Errors::new();
    let item = SettingsItem::read(&syn::parse_str(item).unwrap(), &mut errors);
    assert!(item.is_none());
    expected.assert_eq(&render(errors));
}

#[test]
fn a_field_is_a_setting_with_its_default_and_documentation() {
    let item = settings(
        r#"#[settings(prefix = "RAG_", crate = ::om)] struct RagSettings {
            /// Passages in
            /// an answer.
            ///
            /// More.
            #[settings(default = 10_000)] top_k: u32,
            #[settings(default = -0.5)] r#type: f64,
            #[settings(default = "30s")] patience: Duration,
            #[settings(default = true)] strict: bool,
            #[settings(nested)] index: config::IndexSettings,
        }"#,
    );
    assert_eq!(item.prefix.unwrap().value, "RAG_");
    assert!(item.crate_path.is_some());
    let texts: Vec<(String, &str)> = item
        .fields
        .iter()
        .map(|field| (field.name(), field.default.as_deref().unwrap_or("none")))
        .collect();
    let expected = [
        ("top_k", "10000"),
        ("type", "-0.5"),
        ("patience", "30s"),
        ("strict", "true"),
        ("index", "none"),
    ];
    assert_eq!(
        texts,
        expected.map(|(name, default)| (name.to_owned(), default))
    );
    assert_eq!(item.fields[0].doc, "Passages in an answer.");
    assert!(item.fields[4].nested && !item.fields[3].nested);
}

#[test]
fn a_secret_and_an_option_are_recognised_by_their_names() {
    let item = settings(
        "struct S { a: u8, b: Option<Vec<u8>>, c: hecate_om::Secret<String>, d: Option<Secret<u8>>, e: Vec<Secret<u8>> }",
    );
    let fields = item.fields.iter().map(|field| {
        let value = type_name(field.value_type());
        (field.is_secret(), field.is_optional(), value)
    });
    let fields: Vec<(bool, bool, String)> = fields.collect();
    let expected = [
        (false, false, "u8"),
        (false, true, "Vec<u8>"),
        (true, false, "String"),
        (true, true, "u8"),
        (false, false, "Vec<Secret<u8>>"),
    ];
    assert_eq!(fields, expected.map(|(s, o, ty)| (s, o, ty.to_owned())));
}

#[test]
fn a_variant_is_a_value_in_snake_case() {
    let SettingsItem::Enum(SettingsEnum { variants, .. }) =
        read("enum Ranking { Bm25, HybridSearch, r#Self_ }")
    else {
        panic!("it is an enum")
    };
    let values: Vec<&str> = variants.iter().map(|variant| &*variant.value).collect();
    assert_eq!(values, ["bm25", "hybrid_search", "self_"]);
}

#[test]
fn every_mistake_in_a_struct_is_reported() {
    refused(
        r#"#[settings(prefix = "HECATE_RAG_", prefx = "A_")] struct S<T> {
            #[settings(default = ten)] a: u8,
            #[settings(default = 10u8)] b: u8,
            #[settings(defualt = 10)] c: u8,
            #[settings(default = 1)] d: Option<u8>,
            #[settings(default = "x")] e: Secret<String>,
            #[settings(nested, default = 1)] f: Other,
            #[settings(nested, reload)] i: Other,
            #[settings(reload)] j: Option<Secret<String>>,
            _g: u8,
            h__i: u8,
            e_file: u8,
            E: u8,
        }"#,
        &expect![[r#"
            prefx
                unknown key `prefx`, did you mean `prefix`?
                the keys of `#[settings]` are `crate`, `prefix`
            "HECATE_RAG_"
                `prefix` starts with `HECATE_`, the prefix of the framework's own settings: choose another
            T
                settings cannot be generic, because their variables are listed in the manifest: use concrete types
            ten
                `default` takes a literal: a number, `true`, `false`, or a text such as `"30s"`: write `default = 10`; it must be a literal, because the manifest is generated from the source before anything is evaluated
            10u8
                `default` takes a literal: a number, `true`, `false`, or a text such as `"30s"`: write `default = 10`
            defualt
                unknown key `defualt`, did you mean `default`?
                the keys of `#[settings]` are `default`, `nested`, `reload`
            1
                an `Option` is `None` if the setting is not set: remove `Option`, or the default
            "x"
                a secret has no default, because everybody can read it in the binary: remove the key, or use `Option<Secret<…>>`
            1
                a nested struct has no default of its own: set the defaults of its fields
            reload
                a nested struct is not reloaded as a whole: set `reload` on its fields
            reload
                every secret is reloaded: remove the key
            _g
                `_g` cannot be the name of a setting: use ASCII letters, digits and single `_` between them, because `__` in a variable separates the names of nested settings
            h__i
                `h__i` cannot be the name of a setting: use ASCII letters, digits and single `_` between them, because `__` in a variable separates the names of nested settings
            E
                `E` and `e` have the same variable: rename one of the two
            e_file
                `e_file` has the variable that names the file of the secret `e`: rename one of the two
        "#]],
    );
}

#[test]
fn a_prefix_is_in_capitals_and_ends_with_an_underscore() {
    for prefix in ["rag_", "RAG", "_RAG_", "1RAG_", "RAG-", "MACULA_RAG_", ""] {
        let mut errors = Errors::new();
        let item = format!("#[settings(prefix = {prefix:?})] struct S {{ a: u8 }}");
        let _ = SettingsItem::read(&syn::parse_str(&item).unwrap(), &mut errors);
        assert_eq!(errors.len(), 1, "{prefix}");
        let _ = errors.into_compile_error();
    }
}

#[test]
fn another_kind_of_item_is_refused() {
    refused(
        "struct S(u8);",
        &expect![[r#"
        S
            the fields of settings have names, which are also those of their variables: write `struct … { … }`
    "#]],
    );
    refused(
        "union S { a: u8 }",
        &expect![[r#"
        S
            `#[derive(Settings)]` belongs on a struct with named fields, or on an enum
    "#]],
    );
    refused(
        r#"#[settings(prefix = "RAG_")] enum S { A(u8), B { c: u8 } }"#,
        &expect![[r#"
            "RAG_"
                an enum is the value of one setting and has no prefix: remove the key
            (u8)
                a variant of a setting has no fields: its name is the value
            { c: u8 }
                a variant of a setting has no fields: its name is the value
        "#]],
    );
}
