//! The keys `per_caller_max` and `global_max`.

use super::entries::Entries;
use super::errors::Errors;
use super::spanned::Spanned;
use super::value::positive;
use crate::Limits;

/// Values of `per_caller_max` and `global_max` that do not contradict each other.
#[derive(Debug)]
pub(super) struct Rate {
    pub(super) per_caller_max: Option<Spanned<u32>>,
    pub(super) global_max: Option<Spanned<u32>>,
}

impl Rate {
    pub(super) fn read(entries: &mut Entries, errors: &mut Errors) -> Self {
        let before = errors.len();
        let rate = Self {
            per_caller_max: entries.read("per_caller_max", positive(u32::MAX), errors),
            global_max: entries.read("global_max", positive(u32::MAX), errors),
        };
        // A wrong value cannot be compared.
        if errors.len() == before
            && let Some(error) = rate.contradiction()
        {
            errors.push(error);
        }
        rate
    }

    /// Returns an error if one caller may make more calls than all callers together.
    fn contradiction(&self) -> Option<syn::Error> {
        let one = self.per_caller_max.as_ref();
        let all = self.global_max.as_ref();
        let of_one = one.map_or(Limits::DEFAULT_PER_CALLER_MAX, |calls| calls.value);
        let of_all = all.map_or(Limits::DEFAULT_GLOBAL_MAX, |calls| calls.value);
        if of_one <= of_all {
            return None;
        }
        let (at, what) = match (one, all) {
            (Some(one), Some(_)) => (
                one.span,
                format!(
                    "`per_caller_max` is {of_one}, more than `global_max`, which is {of_all}: lower this one or raise that one"
                ),
            ),
            (Some(one), None) => (
                one.span,
                format!(
                    "`per_caller_max` is {of_one}, more than the default of `global_max`, {of_all}: add \
                     `global_max = {of_one}` or more"
                ),
            ),
            (None, all) => (
                all?.span,
                format!(
                    "`global_max` is {of_all}, less than the default of `per_caller_max`, {of_one}: add \
                     `per_caller_max = {of_all}` or less"
                ),
            ),
        };
        Some(syn::Error::new(at, what))
    }
}
