//! Source that is nested deeply, such as generated tables.

use crate::fixture::{Tree, handler, names};

/// Name, then what is before, repeated, innermost, repeated and after, and a depth that the compiler
/// accepts.
const ITEMS: [(&str, [&str; 5], usize); 9] = [
    ("blocks", ["const A: u8 = ", "{", "0", "}", ";"], 700),
    ("arrays", ["const A: u8 = ", "[", "0", "]", ";"], 1_000),
    ("modules", ["", "mod a {", "", "}", ""], 700),
    ("signs", ["const A: u8 = ", "-", "0", "", ";"], 5_000),
    ("sums", ["const A: u8 = ", "0 + ", "0", "", ";"], 5_000),
    (
        "assignments",
        ["const A: () = ", "a = ", "0", "", ";"],
        2_500,
    ),
    ("types", ["const A: ", "Vec<", "u8", ">", " = 0;"], 4_000),
    ("references", ["const A: ", "&", "u8", "", " = 0;"], 3_000),
    (
        "functions",
        ["const A: ", "fn() -> ", "u8", "", " = 0;"],
        2_000,
    ),
];

#[test]
fn source_as_deep_as_the_compiler_accepts_is_read() {
    for (name, [start, open, inner, close, end], depth) in ITEMS {
        let (open, close) = (open.repeat(depth), close.repeat(depth));
        let item = format!("{start}{open}{inner}{close}{end}\n");
        let tree = Tree::service(&(item + &handler("a.deep")), &[]);
        assert_eq!(names(&tree.scan()), ["a.deep"], "nested {name}");
    }
}
