//! Source code.

use super::{Input, SIZE};

/// Returns source of [`SIZE`] that is long and not deep.
pub(crate) fn long() -> Vec<Input> {
    let of =
        |name: &str, text: &str| (name.to_owned(), text.repeat(SIZE / text.len()).into_bytes());
    let handler = |name: &str, part: &str, around: [&str; 2]| {
        let text = part.repeat(SIZE / part.len());
        (
            name.to_owned(),
            format!("{}{text}{}", around[0], around[1]).into_bytes(),
        )
    };
    vec![
        of("semicolons", ";"),
        of("functions", "fn f() {}\n"),
        of("uses", "use a::b;\n"),
        of("globs", "use a::*;\n"),
        of("modules", "mod a {}\n"),
        of("handlers", "#[capability(\"a.b\")] async fn f() {}\n"),
        of(
            "mistaken handlers",
            "#[capability(\"a.b\", x = 1)] fn f() {}\n",
        ),
        of("attributes", "#[cfg(a)]"),
        of("constants", "const A: &str = \"a\";\n"),
        of("structs", "#[hecate_service] struct A;\n"),
        handler(
            "arguments",
            "x, ",
            ["#[capability(\"a.b\", ", ")] async fn f() {}"],
        ),
        handler(
            "equal arguments",
            "version = 1, ",
            ["#[capability(\"a.b\", ", ")] async fn f() {}"],
        ),
        handler(
            "parameters",
            "_: A, ",
            ["#[capability(\"a.b\")] async fn f(", ") {}"],
        ),
        handler(
            "bounds",
            "A + ",
            ["#[capability(\"a.b\")] async fn f(_: impl ", "A) {}"],
        ),
        handler(
            "lines of documentation",
            "/// a\n",
            ["", "#[capability(\"a.b\")] async fn f() {}"],
        ),
        handler(
            "a long name",
            "a",
            ["#[capability(\"", "\")] async fn f() {}"],
        ),
        handler(
            "a long pattern",
            "1,",
            ["#[cron(\"", "1 * * * *\")] async fn f() {}"],
        ),
    ]
}
