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
        // A value with a mistake cannot be compared.
        if errors.len() == before
            && let Some(error) = rate.contradiction()
        {
            errors.push(error);
        }
        rate
    }

    /// Returns an error if one caller may make more calls than all callers together.
    fn contradiction(&self) -> Option<syn::Error> {
        let caller_limit = self.per_caller_max.as_ref();
        let global_limit = self.global_max.as_ref();
        let per_caller = caller_limit.map_or(Limits::DEFAULT_PER_CALLER_MAX, |calls| calls.value);
        let global = global_limit.map_or(Limits::DEFAULT_GLOBAL_MAX, |calls| calls.value);
        if per_caller <= global {
            return None;
        }
        let (at, what) = match (caller_limit, global_limit) {
            (Some(caller_limit), Some(_)) => (
                caller_limit.span,
                format!(
                    "`per_caller_max` is {per_caller}, more than `global_max`, which is {global}: lower this one or raise that one"
                ),
            ),
            (Some(caller_limit), None) => (
                caller_limit.span,
                format!(
                    "`per_caller_max` is {per_caller}, more than the default of `global_max`, {global}: add \
                     `global_max = {per_caller}` or more"
                ),
            ),
            (None, limit) => (
                limit?.span,
                format!(
                    "`global_max` is {global}, less than the default of `per_caller_max`, {per_caller}: add \
                     `per_caller_max = {global}` or less"
                ),
            ),
        };
        Some(syn::Error::new(at, what))
    }
}
