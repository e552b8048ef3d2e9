//! Sizes and durations with units.

use std::time::Duration;

use syn::{Lit, LitStr};

use super::spanned::Spanned;
use super::value::Value;
use crate::Limits;

/// The largest `max_bytes`.
pub const MAX_PAYLOAD_BYTES: u64 = Limits::MAX_MAX_BYTES;

/// The longest `timeout`; the shortest is one millisecond.
pub const MAX_TIMEOUT: Duration = Duration::from_secs(600);

/// The longest `window`; the shortest is one millisecond.
pub const MAX_WINDOW: Duration = Duration::from_millis(Limits::MAX_WINDOW_MS);

/// The longest window of `dedupe`; the shortest is one millisecond.
const MAX_DEDUPE_WINDOW: Duration = Duration::from_secs(7 * 24 * 3600);

/// The longest period of `#[every]`; the shortest is one millisecond.
pub const MAX_PERIOD: Duration = Duration::from_secs(7 * 24 * 3600);

/// The longest delay of `backoff`; the shortest is one millisecond.
pub const MAX_BACKOFF: Duration = Duration::from_secs(3600);

/// The longest `deadline`; the shortest is one millisecond.
pub const MAX_DEADLINE: Duration = Duration::from_secs(24 * 3600);

const SIZE_UNITS: [(&str, u64); 3] = [("B", 1), ("KiB", 1024), ("MiB", 1024 * 1024)];
const TIME_UNITS: [(&str, u64); 4] = [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000)];

/// Reads a number of bytes: `65536` or `"64 KiB"`.
pub(super) fn size(value: &Value) -> syn::Result<Spanned<u64>> {
    let kind = "a size, as a number of bytes or a string literal with a unit";
    let literal: Lit = syn::parse2(value.tokens.clone()).map_err(|_| value.is_not(kind))?;
    let bytes = match &literal {
        Lit::Int(number) if number.suffix().is_empty() => number.base10_parse().ok(),
        Lit::Str(text) => {
            Some(measure(&text.value(), &SIZE_UNITS).map_err(|why| value.refuse(why))?)
        }
        _ => return Err(value.is_not(kind)),
    };
    match bytes {
        Some(0) => Err(value.refuse("is 0, too small for any payload: use at least 1 byte")),
        Some(bytes) if bytes <= MAX_PAYLOAD_BYTES => Ok(Spanned::new(bytes, literal.span())),
        _ => Err(value.refuse(format!(
            "is larger than a frame on the mesh: use at most {MAX_PAYLOAD_BYTES} bytes (16 MiB minus one)"
        ))),
    }
}

/// Reads the value of `timeout`.
pub(super) fn timeout(value: &Value) -> syn::Result<Spanned<Duration>> {
    let duration = duration(value)?;
    if *duration > MAX_TIMEOUT {
        return Err(value.refuse("is longer than a call may take: use at most `\"10m\"`"));
    }
    Ok(duration)
}

/// Reads the value of `window`.
pub(super) fn window(value: &Value) -> syn::Result<Spanned<Duration>> {
    let duration = duration(value)?;
    if *duration > MAX_WINDOW {
        return Err(value.refuse(
            "is longer than a refused caller should have to wait for the next window: use at most `\"1h\"`",
        ));
    }
    Ok(duration)
}

/// Reads the window of `dedupe`.
pub(super) fn dedupe_window(value: &Value, text: &str) -> syn::Result<Duration> {
    let window = measured(value, text)?;
    if window > MAX_DEDUPE_WINDOW {
        return Err(value.refuse("keeps answers for more than a week: use at most `\"168h\"`"));
    }
    Ok(window)
}

/// Reads the period of `#[every]`.
pub(super) fn period(value: &Value) -> syn::Result<Spanned<Duration>> {
    let duration = duration(value)?;
    if *duration > MAX_PERIOD {
        return Err(value.refuse(
            "is longer than `\"168h\"`, and each start of the service restarts the period: set the times with \
             `#[cron(\"0 3 * * SUN\")]`",
        ));
    }
    Ok(duration)
}

/// Reads the value of `deadline`.
pub(super) fn deadline(value: &Value) -> syn::Result<Spanned<Duration>> {
    let duration = duration(value)?;
    if *duration > MAX_DEADLINE {
        return Err(value.refuse("is longer than a day: use at most `\"24h\"`"));
    }
    Ok(duration)
}

/// Reads one of the delays of `backoff`.
pub(super) fn delay(value: &Value, text: &str) -> syn::Result<Duration> {
    let delay = measured(value, text)?;
    if delay > MAX_BACKOFF {
        return Err(value.refuse(
            "has a delay of more than an hour, and waiting retries are in memory: use at most `\"1h\"`",
        ));
    }
    Ok(delay)
}

/// Reads a duration longer than 0: `"500ms"`, `"10s"` or `"2m"`.
fn duration(value: &Value) -> syn::Result<Spanned<Duration>> {
    let text: LitStr = syn::parse2(value.tokens.clone())
        .map_err(|_| value.is_not("a duration, as a string literal with a unit"))?;
    Ok(Spanned::new(measured(value, &text.value())?, text.span()))
}

fn measured(value: &Value, text: &str) -> syn::Result<Duration> {
    let milliseconds = measure(text, &TIME_UNITS).map_err(|why| value.refuse(why))?;
    let duration = Duration::from_millis(milliseconds);
    if duration.is_zero() {
        return Err(value.refuse("is 0: use at least `\"1ms\"`"));
    }
    Ok(duration)
}

/// Reads a whole number and a unit, with or without a space between them.
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
            "must be a number and a unit: start with a number, then one of {}",
            known()
        ));
    }
    if unit.starts_with(['.', ',', '_']) {
        let (smaller, _) = units[0];
        return Err(format!(
            "must be a whole number: use a smaller unit, down to `{smaller}`"
        ));
    }
    if unit.is_empty() {
        return Err(format!(
            "has no unit: add one of {} after the number",
            known()
        ));
    }
    let Some((_, factor)) = units.iter().find(|(name, _)| *name == unit) else {
        return Err(format!(
            "has the unknown unit `{unit}`: use one of {}",
            known()
        ));
    };
    // A number that overflows exceeds the limit, too.
    let number: u64 = number.parse().unwrap_or(u64::MAX);
    Ok(number.saturating_mul(*factor))
}
