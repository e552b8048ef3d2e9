//! Sizes and durations as people write them.

use std::time::Duration;

use syn::{Lit, LitStr};

use super::spanned::Spanned;
use super::value::Value;
use crate::Limits;

/// The largest payload a capability may admit, in bytes.
pub const MAX_PAYLOAD_BYTES: u64 = Limits::MAX_MAX_BYTES;

/// The longest a handler may run; the shortest is a millisecond.
pub const MAX_TIMEOUT: Duration = Duration::from_secs(600);

/// The longest window that calls are counted in; the shortest is a millisecond.
pub const MAX_WINDOW: Duration = Duration::from_millis(Limits::MAX_WINDOW_MS);

/// The longest period of what is done again and again; the shortest is a millisecond.
pub const MAX_PERIOD: Duration = Duration::from_secs(7 * 24 * 3600);

const SIZE_UNITS: [(&str, u64); 3] = [("B", 1), ("KiB", 1024), ("MiB", 1024 * 1024)];
const TIME_UNITS: [(&str, u64); 4] = [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000)];

/// A number of bytes: `65536` or `"64 KiB"`.
pub(super) fn size(value: &Value) -> syn::Result<Spanned<u64>> {
    let kind = "a size, a number of bytes or text with a unit";
    let literal: Lit = syn::parse2(value.tokens.clone()).map_err(|_| value.is_not(kind))?;
    let bytes = match &literal {
        Lit::Int(number) if number.suffix().is_empty() => number.base10_parse().ok(),
        Lit::Str(text) => {
            Some(measure(&text.value(), &SIZE_UNITS).map_err(|why| value.refuse(why))?)
        }
        _ => return Err(value.is_not(kind)),
    };
    match bytes {
        Some(0) => Err(value.refuse("is 0, which no payload fits in: give at least 1 byte")),
        Some(bytes) if bytes <= MAX_PAYLOAD_BYTES => Ok(Spanned::new(bytes, literal.span())),
        _ => Err(value.refuse(format!(
            "is more than a frame of the mesh carries: give at most {MAX_PAYLOAD_BYTES} bytes \
             (16 MiB less one)"
        ))),
    }
}

/// How long a call may last.
pub(super) fn timeout(value: &Value) -> syn::Result<Spanned<Duration>> {
    let duration = duration(value, "nothing can be answered")?;
    if *duration > MAX_TIMEOUT {
        return Err(value.refuse("is longer than a call may last: give at most `\"10m\"`"));
    }
    Ok(duration)
}

/// How long calls are counted together.
pub(super) fn window(value: &Value) -> syn::Result<Spanned<Duration>> {
    let duration = duration(value, "no call falls")?;
    if *duration > MAX_WINDOW {
        return Err(value.refuse(
            "is longer than a caller who was refused should wait for the next: give at most `\"1h\"`",
        ));
    }
    Ok(duration)
}

/// How long between two runs.
pub(super) fn period(value: &Value) -> syn::Result<Spanned<Duration>> {
    let duration = duration(value, "nothing can be done")?;
    if *duration > MAX_PERIOD {
        return Err(value.refuse(
            "is longer than `\"168h\"`, and each start of the service restarts the interval: set the times with \
             `#[cron(\"0 3 * * SUN\")]`",
        ));
    }
    Ok(duration)
}

/// A time: `"500ms"`, `"10s"` or `"2m"`, long enough for what cannot happen in none.
fn duration(value: &Value, idle: &str) -> syn::Result<Spanned<Duration>> {
    let text: LitStr = syn::parse2(value.tokens.clone())
        .map_err(|_| value.is_not("a time as text with a unit"))?;
    let milliseconds = measure(&text.value(), &TIME_UNITS).map_err(|why| value.refuse(why))?;
    let duration = Duration::from_millis(milliseconds);
    if duration.is_zero() {
        return Err(value.refuse(format!("is 0, in which {idle}: give at least `\"1ms\"`")));
    }
    Ok(Spanned::new(duration, text.span()))
}

/// A whole number and a unit, with or without a space between.
fn measure(text: &str, units: &[(&str, u64)]) -> Result<u64, String> {
    let text = text.trim();
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, unit) = (&text[..end], text[end..].trim_start());
    let known = || {
        let names: Vec<String> = units.iter().map(|(name, _)| format!("`{name}`")).collect();
        names.join(", ")
    };
    if number.is_empty() {
        return Err(format!(
            "does not start with a number: write one, then one of {}",
            known()
        ));
    }
    if unit.starts_with(['.', ',', '_']) {
        let (smaller, _) = units[0];
        return Err(format!(
            "takes a whole number: use a smaller unit, down to `{smaller}`"
        ));
    }
    if unit.is_empty() {
        return Err(format!(
            "has no unit: put one of {} after the number",
            known()
        ));
    }
    let Some((_, factor)) = units.iter().find(|(name, _)| *name == unit) else {
        return Err(format!(
            "has the unknown unit `{unit}`: use one of {}",
            known()
        ));
    };
    // Too large for the arithmetic is too large for the limit.
    let number: u64 = number.parse().unwrap_or(u64::MAX);
    Ok(number.saturating_mul(*factor))
}
