//! How many calls a window may have, of one caller and of all together.

use super::entries::Entries;
use super::errors::Errors;
use super::spanned::Spanned;
use super::value::positive;
use crate::Limits;

/// The values of `per_caller_max` and `global_max`, of which neither makes the other pointless.
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
        // What stands for a value with a mistake in it is not known.
        if errors.len() == before
            && let Some(error) = rate.contradiction()
        {
            errors.push(error);
        }
        rate
    }

    /// A caller is one of all callers, so where one may make more calls than all, either number says
    /// something that will never hold. It is shown at the value that was given, with the other's default.
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
                    "`per_caller_max` is {of_one}, more than the `global_max` of {of_all} that all callers \
                     together may make: lower this one or raise that one"
                ),
            ),
            (Some(one), None) => (
                one.span,
                format!(
                    "`per_caller_max` is {of_one}, more than all callers together may make, which is \
                     {of_all} unless `global_max` says otherwise: write `global_max = {of_one}` or more \
                     beside it"
                ),
            ),
            (None, all) => (
                all?.span,
                format!(
                    "`global_max` is {of_all}, less than one caller may make, which is {of_one} unless \
                     `per_caller_max` says otherwise: write `per_caller_max = {of_all}` or less beside it"
                ),
            ),
        };
        Some(syn::Error::new(at, what))
    }
}
