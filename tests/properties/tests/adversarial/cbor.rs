//! CBOR.

use super::{Input, SIZE, repeated};

/// Returns values of CBOR, and heads without a value.
pub(crate) fn inputs() -> Vec<Input> {
    let mut inputs: Vec<Input> = Vec::new();
    let mut add = |name: &str, bytes: Vec<u8>| inputs.push((format!("CBOR, {name}"), bytes));
    for (name, head) in [
        ("nested lists", vec![0x81]),
        ("nested lists of two", vec![0x82, 0x00]),
        ("nested maps", vec![0xa1, 0x00]),
        ("maps nested in keys", vec![0xa1]),
        ("nested tags", vec![0xc1]),
        ("nested large tags", vec![0xdb, 0, 0, 0, 0, 0, 0, 0, 1]),
        ("nested lists without lengths", vec![0x9f]),
        ("nested maps without lengths", vec![0xbf]),
        ("nested texts without lengths", vec![0x7f]),
        ("nested bytes without lengths", vec![0x5f]),
        (
            "nested lists that claim four billion items",
            vec![0x9a, 0xff, 0xff, 0xff, 0xff],
        ),
        (
            "nested maps that claim four billion fields",
            vec![0xba, 0xff, 0xff, 0xff, 0xff],
        ),
    ] {
        add(name, repeated(|_| head.clone()));
        // With what ends the innermost value.
        let mut whole = head.repeat(SIZE / (head.len() + 1));
        whole.push(0x00);
        add(&format!("{name}, ended"), whole);
    }
    for (name, head) in [
        ("a list", 0x9a),
        ("a map", 0xba),
        ("a text", 0x7a),
        ("bytes", 0x5a),
    ] {
        for length in [u32::MAX, 0x00ff_ffff, 64 * 1024] {
            let claim = [&[head][..], &length.to_be_bytes()].concat();
            add(
                &format!("{name} that claims {length} and has none"),
                claim.clone(),
            );
            add(
                &format!("{name} that claims {length}"),
                [claim, vec![0; SIZE]].concat(),
            );
        }
    }
    let list = |item: &dyn Fn(usize) -> Vec<u8>| {
        let items = repeated(item);
        let count = (0..).scan(0, |at, n| {
            *at += item(n).len();
            (*at <= items.len()).then_some(())
        });
        let count = u32::try_from(count.count()).expect("a count is small");
        (count, items)
    };
    let item = |name: &str, of: &dyn Fn(usize) -> Vec<u8>| {
        let (count, items) = list(of);
        (
            format!("a list of {name}"),
            [&[0x9a][..], &count.to_be_bytes(), &items].concat(),
        )
    };
    let mut lists = vec![
        item("nulls", &|_| vec![0xf6]),
        item("zeros", &|_| vec![0x00]),
        item("large integers", &|_| {
            vec![0x1b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]
        }),
        item("floats", &|_| {
            vec![0xfb, 0x7f, 0xef, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]
        }),
        item("half floats", &|_| vec![0xf9, 0x7c, 0x00]),
        item("empty lists", &|_| vec![0x80]),
        item("empty maps", &|_| vec![0xa0]),
        item("empty texts", &|_| vec![0x60]),
        item("lists of one", &|_| vec![0x81, 0x00]),
        item("maps of one", &|_| vec![0xa1, 0x61, b'a', 0x00]),
        item("control characters", &|_| vec![0x61, 0x01]),
        item("lists 60 deep", &|_| [vec![0x81; 60], vec![0x00]].concat()),
        item("maps 60 deep", &|_| {
            [b"\xa1\x61a".repeat(60), vec![0x00]].concat()
        }),
    ];
    lists.drain(..).for_each(|(name, bytes)| add(&name, bytes));
    let key = |n: usize| [&[0x19][..], &(n as u16).to_be_bytes()].concat();
    for (name, pair) in [
        (
            "distinct numbers",
            &(|n| [key(n), vec![0xf6]].concat()) as &dyn Fn(usize) -> Vec<u8>,
        ),
        ("distinct texts", &|n| {
            [&[0x64][..], format!("{n:04x}").as_bytes(), &[0xf6]].concat()
        }),
        ("equal texts", &|_| vec![0x61, b'a', 0x00]),
        ("falling texts", &|n| {
            [
                &[0x64][..],
                format!("{:04x}", 0xffff - n).as_bytes(),
                &[0xf6],
            ]
            .concat()
        }),
        ("empty lists", &|_| vec![0x80, 0x00]),
    ] {
        let (count, pairs) = list(pair);
        add(
            &format!("a map whose keys are {name}"),
            [&[0xba][..], &count.to_be_bytes(), &pairs].concat(),
        );
    }
    // Bytes that are CBOR themselves.
    let mut nested = vec![0x00];
    for _ in 0..20_000 {
        let length = u32::try_from(nested.len()).expect("a length is small");
        if nested.len() + 5 > SIZE {
            break;
        }
        nested = [&[0x5a][..], &length.to_be_bytes(), &nested].concat();
    }
    add("bytes in bytes", nested);
    inputs
}
