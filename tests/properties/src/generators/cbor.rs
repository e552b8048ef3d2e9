//! CBOR values of the wire.

use arbitrary::{Result, Unstructured};
use macula_rust::cbor::{self, Value};

use super::{bytes, damage_bytes, text};

/// Integers at the limits of their types.
const INTEGERS: [i128; 12] = [
    0,
    1,
    -1,
    5,
    i64::MAX as i128,
    i64::MIN as i128,
    u32::MAX as i128,
    i32::MIN as i128,
    1 << 53,
    (1 << 53) - 1,
    i128::MAX,
    u64::MAX as i128,
];

/// Sizes of byte strings that the wire has.
const SIZES: [usize; 9] = [0, 1, 15, 16, 32, 33, 48, 50, 2592];

/// Deepest nesting of a generated value, beyond the limit of the wire.
const DEPTH: usize = 70;

/// Returns any value.
pub(crate) fn value(u: &mut Unstructured<'_>) -> Result<Value> {
    value_within(u, DEPTH)
}

/// Returns a value with lists and maps in `depth` levels at most, before those of a deep list.
fn value_within(u: &mut Unstructured<'_>, depth: usize) -> Result<Value> {
    let nested = |u: &mut Unstructured<'_>| value_within(u, depth.saturating_sub(1));
    Ok(match u.int_in_range(0..=9)? {
        7 | 8 if depth == 0 => Value::Null,
        0 => Value::Null,
        1 => Value::Int(*u.choose(&INTEGERS)?),
        2 => Value::Int(u.arbitrary::<i64>()?.into()),
        3 => Value::Float(u.arbitrary()?),
        4 => Value::Bytes(vec![u.arbitrary()?; *u.choose(&SIZES)?]),
        5 => Value::Bytes(bytes(u, 40)?),
        6 => Value::Text(text(u, 600)?),
        7 => {
            let count = u.int_in_range(0..=3)?;
            Value::List((0..count).map(|_| nested(u)).collect::<Result<_>>()?)
        }
        8 => {
            let count = u.int_in_range(0..=3)?;
            let pairs = (0..count).map(|_| Ok((key(u, depth)?, nested(u)?)));
            Value::Map(pairs.collect::<Result<_>>()?)
        }
        _ => {
            let depth = u.int_in_range(1..=DEPTH)?;
            (0..depth).fold(Value::Null, |inner, _| Value::List(vec![inner]))
        }
    })
}

fn key(u: &mut Unstructured<'_>, depth: usize) -> Result<Value> {
    Ok(match u.int_in_range(0..=3)? {
        0 => Value::Int(u.arbitrary::<i64>()?.into()),
        1 => value_within(u, depth.saturating_sub(1))?,
        _ => Value::Text(text(u, 20)?),
    })
}

/// Damages a value at one place. Byte strings that are themselves CBOR are opened.
pub(crate) fn damage(value: &mut Value, u: &mut Unstructured<'_>) -> Result<()> {
    match value {
        Value::Map(pairs) if !pairs.is_empty() && u.ratio(7, 8)? => {
            let at = u.choose_index(pairs.len())?;
            match u.int_in_range(0..=9)? {
                0 => drop(pairs.remove(at)),
                1 => pairs.push(pairs[at].clone()),
                2 => pairs[at].0 = key(u, DEPTH)?,
                3 => pairs.push((key(u, DEPTH)?, self::value(u)?)),
                4 => {
                    let other = u.choose_index(pairs.len())?;
                    pairs[at].1 = pairs[other].1.clone();
                }
                _ => damage(&mut pairs[at].1, u)?,
            }
        }
        Value::List(items) if !items.is_empty() && u.ratio(3, 4)? => {
            let at = u.choose_index(items.len())?;
            match u.int_in_range(0..=5)? {
                0 => drop(items.remove(at)),
                1 => items.push(items[at].clone()),
                2 => items.push(self::value(u)?),
                _ => damage(&mut items[at], u)?,
            }
        }
        Value::Bytes(bytes) => match cbor::decode(bytes) {
            Ok(mut inner @ (Value::Map(_) | Value::List(_))) if u.ratio(3, 4)? => {
                damage(&mut inner, u)?;
                // A value that the wire does not support stays as it was.
                if let Ok(encoded) = cbor::encode(&inner) {
                    *bytes = encoded;
                }
            }
            _ => replace(value, u)?,
        },
        other => replace(other, u)?,
    }
    Ok(())
}

/// Replaces a value, by a similar one in half of the cases.
fn replace(value: &mut Value, u: &mut Unstructured<'_>) -> Result<()> {
    match value {
        Value::Int(n) if u.arbitrary()? => *n = n.wrapping_add(u.int_in_range(-2_i128..=2)?),
        Value::Bytes(bytes) if u.arbitrary()? => damage_bytes(bytes, u)?,
        Value::Text(old) if u.arbitrary()? => {
            let mut bytes = old.clone().into_bytes();
            damage_bytes(&mut bytes, u)?;
            *old = String::from_utf8_lossy(&bytes).into_owned();
        }
        other => *other = self::value(u)?,
    }
    Ok(())
}
