use expect_test::expect;

use super::capability::{parse, refused};
use crate::Deprecated;

#[test]
fn a_deprecation_has_its_version_and_its_replacement() {
    let args = parse(r#""rag.search", deprecated(since = "0.3.0", use = "rag.search version 2",)"#);
    let instead = Some("rag.search version 2".to_owned());
    let since = "0.3.0".to_owned();
    assert_eq!(
        args.deprecated,
        Some(Deprecated {
            since: since.clone(),
            instead
        })
    );
    let args = parse(r#""rag.search", deprecated(since = "0.3.0"), version = 2"#);
    assert_eq!(
        args.deprecated,
        Some(Deprecated {
            since,
            instead: None
        })
    );
    assert_eq!(parse(r#""rag.search""#).deprecated, None);
}

#[test]
fn each_mistake_in_it_is_reported_at_its_token() {
    refused(
        r#""a", deprecated"#,
        &expect![[r#"
            deprecated
                `deprecated` takes its arguments in parentheses: write `deprecated(since = "0.3.0", use = "rag.search version 2")`
        "#]],
    );
    refused(
        r#""a", deprecated = "0.3.0""#,
        &expect![[r#"
            deprecated
                `deprecated` takes its arguments in parentheses: write `deprecated(since = "0.3.0", use = "rag.search version 2")`
        "#]],
    );
    refused(
        r#""a", deprecated()"#,
        &expect![[r#"
            deprecated
                `deprecated` needs the first version of the service in which the capability is deprecated: write `deprecated(since = "0.3.0", use = "rag.search version 2")`
        "#]],
    );
    refused(
        r#""a", deprecated("0.3.0")"#,
        &expect![[r#"
            "0.3.0"
                `deprecated` takes string literals by key: write `deprecated(since = "0.3.0", use = "rag.search version 2")`
        "#]],
    );
    refused(
        r#""a", deprecated(use = "b")"#,
        &expect![[r#"
            deprecated
                `deprecated` needs the first version of the service in which the capability is deprecated: write `deprecated(since = "0.3.0", use = "rag.search version 2")`
        "#]],
    );
    refused(
        r#""a", deprecated(since = "soon")"#,
        &expect![[r#"
            "soon"
                `since` must be a version of the service, `major.minor.patch`: write `since = "0.3.0"`
        "#]],
    );
    refused(
        r#""a", deprecated(since = 3)"#,
        &expect![[r#"
            3
                `deprecated` takes string literals by key: write `deprecated(since = "0.3.0", use = "rag.search version 2")`
        "#]],
    );
    refused(
        r#""a", deprecated(since = "0.3.0", use = " ")"#,
        &expect![[r#"
            " "
                `use` is empty: give it a value, or remove it
        "#]],
    );
    refused(
        r#""a", deprecated(since = "0.3.0", sinec = "0.3.0")"#,
        &expect![[r#"
            sinec
                unknown key `sinec`, did you mean `since`?
                `deprecated` takes `since` and `use`
        "#]],
    );
    refused(
        r#""a", deprecated(since = "0.3.0", since = "0.3.0")"#,
        &expect![[r#"
            since
                `since` is given twice: remove one of the two
        "#]],
    );
    refused(
        r#""a", deprecated(since)"#,
        &expect![[r#"
            since
                `deprecated` takes string literals by key: write `deprecated(since = "0.3.0", use = "rag.search version 2")`
        "#]],
    );
}
