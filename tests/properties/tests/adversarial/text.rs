//! JSON, and text of other formats.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::{Input, SIZE, repeated};

/// Returns texts of JSON, and starts of JSON.
pub(crate) fn json() -> Vec<Input> {
    let mut inputs: Vec<Input> = Vec::new();
    let mut add = |name: &str, text: Vec<u8>| inputs.push((format!("JSON, {name}"), text));
    for (name, open, close) in [
        ("nested arrays", "[", "]"),
        ("nested objects", "{\"a\":", "}"),
        ("nested arrays of two", "[0,", "]"),
    ] {
        add(name, open.repeat(SIZE / open.len()).into_bytes());
        for depth in [120, 127, 128, SIZE / (open.len() + close.len()) - 1] {
            let text = format!("{}0{}", open.repeat(depth), close.repeat(depth));
            add(&format!("{name}, {depth} deep"), text.clone().into_bytes());
            let many = repeated(|n| {
                let comma = if n == 0 { "" } else { "," };
                format!("{comma}{text}").into_bytes()
            });
            add(
                &format!("many {name}, {depth} deep"),
                [b"[", &many[..], b"]"].concat(),
            );
        }
    }
    for (name, item) in [
        ("empty arrays", "[]"),
        ("empty objects", "{}"),
        ("objects of one", "{\"a\":0}"),
        ("empty texts", "\"\""),
        ("zeros", "0"),
        ("large numbers", "1e308"),
        ("numbers out of range", "1e309"),
        (
            "long numbers",
            "0.00000000000000000000000000000000000000000000000000000000001e-300",
        ),
        ("controls", "\"\\u0000\""),
        ("bytes", "{\"$bytes\":\"\"}"),
    ] {
        let items = repeated(|n| format!("{}{item}", if n == 0 { "" } else { "," }).into_bytes());
        add(
            &format!("an array of {name}"),
            [b"[", &items[..], b"]"].concat(),
        );
        let fields = |key: &dyn Fn(usize) -> String| {
            let fields = repeated(|n| {
                let comma = if n == 0 { "" } else { "," };
                format!("{comma}\"{}\":{item}", key(n)).into_bytes()
            });
            [b"{", &fields[..], b"}"].concat()
        };
        add(&format!("an object of {name}"), fields(&|n| format!("{n}")));
        add(
            &format!("an object with one key of {name}"),
            fields(&|_| "a".to_owned()),
        );
    }
    for (name, text) in [
        ("letters", "a"),
        ("escapes", "\\u0001"),
        ("escaped pairs", "\\ud83d\\ude00"),
        ("quotes", "\\\""),
        ("controls", "\u{202e}"),
    ] {
        let text = text.repeat(SIZE / text.len());
        add(
            &format!("a text of {name}"),
            format!("\"{text}\"").into_bytes(),
        );
        add(
            &format!("a text of {name} without end"),
            format!("\"{text}").into_bytes(),
        );
        add(
            &format!("a key of {name}"),
            format!("{{\"{text}\":0}}").into_bytes(),
        );
        add(
            &format!("bytes of {name}"),
            format!("{{\"$bytes\":\"{text}\"}}").into_bytes(),
        );
    }
    for digit in ["0", "9"] {
        let digits = digit.repeat(SIZE);
        for text in [
            digits.clone(),
            format!("-{digits}"),
            format!("0.{digits}"),
            format!("1e{digits}"),
            format!("1e-{digits}"),
            format!("{digits}e-{digits}"),
        ] {
            add(&format!("a number {}…", &text[..4]), text.into_bytes());
        }
    }
    add("spaces", vec![b' '; SIZE]);
    inputs
}

/// Returns a descriptor for each list in it, with as many items as fit.
pub(crate) fn descriptors() -> Vec<Input> {
    let schema = |text: &str| {
        format!("{{\"name\":\"a.b\",\"request_schema\":{text},\"response_schema\":{text}}}")
    };
    let deep = format!("{}true{}", "{\"items\":".repeat(120), "}".repeat(120));
    let mut inputs = Vec::new();
    for (name, list, item) in [
        (
            "capabilities of one name",
            "capabilities",
            "{\"name\":\"a\"}",
        ),
        (
            "capabilities with all fields",
            "capabilities",
            "{\"name\":\"a.b\",\"version\":#,\"access\":{\"realm_member\":{\"can\":\"x\"}},\"limits\":{\"max_bytes\":1},\"doc\":\"d\",\"status\":\"planned\"}",
        ),
        ("capabilities", "capabilities", "{\"name\":\"a#\"}"),
        (
            "capabilities with deep schemas",
            "capabilities",
            &schema(&deep),
        ),
        (
            "capabilities with schemas",
            "capabilities",
            &schema("{\"type\":\"object\"}"),
        ),
        ("dependencies", "depends_on", "\"a#\""),
        ("equal dependencies", "depends_on", "\"a\""),
        ("other items", "other", "[#]"),
        ("subscriptions", "subscriptions", "{\"topic\":\"a/#\"}"),
        ("schedules", "schedules", "{\"name\":\"a#\",\"every_ms\":1}"),
        (
            "equal schedules",
            "schedules",
            "{\"name\":\"a\",\"cron\":\"* * * * *\"}",
        ),
    ] {
        let items = repeated(|n| {
            let comma = if n == 0 { "" } else { "," };
            format!("{comma}{}", item.replace('#', &n.to_string())).into_bytes()
        });
        let text = format!(
            "{{\"name\":\"a\",\"{list}\":[{}]}}",
            String::from_utf8_lossy(&items)
        );
        inputs.push((format!("a descriptor of {name}"), text.into_bytes()));
    }
    inputs
}

/// Returns texts with as many separators of a kind as fit after `start`, for formats of lines and
/// lists.
pub(crate) fn separated(start: &[u8]) -> Vec<Input> {
    let parts = [
        "\n",
        "\r\n",
        "\0",
        ".",
        "..",
        ",",
        ", ",
        "=",
        "a=",
        "a=b\n",
        "A#=x\n",
        "A=$A\n",
        "${",
        "${A}",
        "$",
        "\\",
        "\"",
        "\"\n",
        "'",
        "#",
        ";",
        "*",
        "* ",
        "*/",
        "1-",
        "1,",
        "0 0 * * 1\n",
        "a.b.c\n",
        "a.#.c\n",
        "e30.e30.e30\n",
        "HECATE_STATIONS=a:1,",
        "HECATE_A#=\n",
        "é",
        "\u{202e}",
        "\u{0}\u{0}",
        "-----BEGIN CERTIFICATE-----\n",
        "-----END CERTIFICATE-----\n",
        "-----BEGIN PRIVATE KEY-----\n",
        "A\n",
        ":",
        "/",
        "~/",
        "GET / HTTP/1.1\r\n",
        "a: b\r\n",
        "Host: a\r\n",
        "#",
    ];
    let text = |part: &str| {
        let text = repeated(|n| part.replace('#', &n.to_string()).into_bytes());
        (format!("{part:?} repeated"), [start, &text].concat())
    };
    parts.into_iter().map(text).collect()
}

/// Returns tokens whose header and payload are each text of [`json`].
pub(crate) fn tokens() -> Vec<Input> {
    let token = |(name, json): Input| {
        let json = URL_SAFE_NO_PAD.encode(json);
        let token = format!("{json}.{json}.AA");
        (format!("a token of {name}"), token.into_bytes())
    };
    json().into_iter().map(token).collect()
}

/// Returns requests of HTTP with one part that is long or repeated.
pub(crate) fn requests() -> Vec<Input> {
    let request = |name: &str, start: &str, part: &str, end: &str| {
        let text = format!("{start}{}{end}", part.repeat(SIZE / part.len()));
        (format!("HTTP, {name}"), text.into_bytes())
    };
    let get = "GET /health HTTP/1.1\r\nHost: a\r\n";
    let post = "POST /health HTTP/1.1\r\nHost: a\r\n";
    let chunked = format!("{post}Transfer-Encoding: chunked\r\n\r\n");
    vec![
        request("a long path", "GET /", "a", " HTTP/1.1\r\n\r\n"),
        request("a path of escapes", "GET /", "%2e/", " HTTP/1.1\r\n\r\n"),
        request(
            "a query of names",
            "GET /health?",
            "a&",
            " HTTP/1.1\r\n\r\n",
        ),
        request("a long method", "", "A", " / HTTP/1.1\r\n\r\n"),
        request("headers", get, "a: b\r\n", "\r\n"),
        request("headers without end", get, "a: b\r\n", ""),
        request("hosts", get, "Host: b\r\n", "\r\n"),
        request("lengths", post, "Content-Length: 9\r\n", "\r\n"),
        request("a long header", &format!("{get}a: "), "b", "\r\n\r\n"),
        request(
            "lines of one header",
            &format!("{get}a: "),
            "b\r\n ",
            "\r\n\r\n",
        ),
        request(
            "encodings",
            &format!("{get}Accept: "),
            "a/b;q=0.1,",
            "\r\n\r\n",
        ),
        request("chunks", &chunked, "1\r\na\r\n", "0\r\n\r\n"),
        request(
            "chunks with extensions",
            &chunked,
            "1;a=b\r\na\r\n",
            "0\r\n\r\n",
        ),
        request(
            "a chunk with a long size",
            &chunked,
            "0",
            "1\r\na\r\n0\r\n\r\n",
        ),
        request("trailers", &format!("{chunked}0\r\n"), "a: b\r\n", "\r\n"),
        request(
            "requests",
            "",
            "GET /health HTTP/1.1\r\nHost: a\r\n\r\n",
            "",
        ),
        request("empty lines", "", "\r\n", get),
    ]
}
