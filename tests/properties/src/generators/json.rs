//! JSON values.

use arbitrary::{Result, Unstructured};
use serde_json::{Map, Value};

use super::{damage_bytes, text};

/// Integers at the limits of their types.
const INTEGERS: [i64; 7] = [
    0,
    1,
    -1,
    i64::MAX,
    i64::MIN,
    u32::MAX as i64,
    9_007_199_254_740_993,
];

/// Deepest nesting of a generated value, beyond the limit of the parser.
const DEPTH: usize = 140;

/// Returns any value.
pub(crate) fn value(u: &mut Unstructured<'_>) -> Result<Value> {
    value_within(u, DEPTH)
}

/// Returns a value with arrays and objects in `depth` levels at most.
fn value_within(u: &mut Unstructured<'_>, depth: usize) -> Result<Value> {
    let nested = |u: &mut Unstructured<'_>| value_within(u, depth.saturating_sub(1));
    Ok(match u.int_in_range(0..=9)? {
        0 => Value::Null,
        1 => Value::from(u.arbitrary::<bool>()?),
        2 => Value::from(*u.choose(&INTEGERS)?),
        3 => Value::from(u.arbitrary::<u64>()?),
        4 => Value::from(u.arbitrary::<f64>()?),
        7.. if depth == 0 => Value::Null,
        5 | 6 => Value::from(text(u, 80)?),
        7 => {
            let count = u.int_in_range(0..=3)?;
            Value::Array((0..count).map(|_| nested(u)).collect::<Result<_>>()?)
        }
        _ => {
            let count = u.int_in_range(0..=3)?;
            let fields = (0..count).map(|_| Ok((text(u, 20)?, nested(u)?)));
            Value::Object(fields.collect::<Result<Map<_, _>>>()?)
        }
    })
}

/// Damages a value at one place.
pub(crate) fn damage(value: &mut Value, u: &mut Unstructured<'_>) -> Result<()> {
    match value {
        Value::Object(fields) if !fields.is_empty() && u.ratio(7, 8)? => {
            let at = u.choose_index(fields.len())?;
            let name = fields.keys().nth(at).cloned().unwrap_or_default();
            match u.int_in_range(0..=7)? {
                0 => drop(fields.remove(&name)),
                1 => drop(fields.insert(text(u, 20)?, self::value(u)?)),
                _ => {
                    if let Some(field) = fields.get_mut(&name) {
                        damage(field, u)?;
                    }
                }
            }
        }
        Value::Array(items) if !items.is_empty() && u.ratio(3, 4)? => {
            let at = u.choose_index(items.len())?;
            match u.int_in_range(0..=5)? {
                0 => drop(items.remove(at)),
                1 => items.push(items[at].clone()),
                2 => items.push(self::value(u)?),
                _ => damage(&mut items[at], u)?,
            }
        }
        Value::String(old) if u.arbitrary()? => {
            let mut bytes = old.clone().into_bytes();
            damage_bytes(&mut bytes, u)?;
            *old = String::from_utf8_lossy(&bytes).into_owned();
        }
        other => *other = self::value(u)?,
    }
    Ok(())
}
