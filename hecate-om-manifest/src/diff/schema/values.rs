//! Comparison of listed values (`const` and `enum`).

use std::collections::BTreeSet;

use super::Effect;
use super::arm::AllowedValues;
use super::compare::Comparison;
use super::document::{Document, Id};
use super::level::Level;
use super::value_path::{Step, clipped};
use super::work::{Exhausted, WorkBudget};

impl<'a> Comparison<'a> {
    /// Reports the added and removed values, and returns the alternatives without listed values.
    pub(super) fn values(
        &mut self,
        old: &[Id],
        new: &[Id],
        level: &mut Level<'a>,
    ) -> Result<(Vec<Id>, Vec<Id>), Exhausted> {
        let (before, old) = split_listed(&self.old, old, &mut self.work)?;
        let (after, new) = split_listed(&self.new, new, &mut self.work)?;
        let of = |values: &AllowedValues<'a>| values.keys().cloned().collect::<BTreeSet<String>>();
        let (before_texts, after_texts) = (of(&before), of(&after));
        let missing = |here: &AllowedValues<'a>,
                       there: &BTreeSet<String>,
                       document: &Document<'a>,
                       free: &[Id],
                       work: &mut WorkBudget| {
            let mut missing = Vec::new();
            for (text, value) in here.iter().filter(|(text, _)| !there.contains(*text)) {
                work.spend(1 + free.len())?;
                if !free.iter().any(|arm| document.arm(*arm).allows(value)) {
                    missing.push(text.clone());
                }
            }
            Ok(missing)
        };
        let lost = missing(&before, &after_texts, &self.new, &new, &mut self.work)?;
        let gained = missing(&after, &before_texts, &self.old, &old, &mut self.work)?;
        match (old.is_empty(), new.is_empty()) {
            (true, false) => {
                let what = format_args!("was one of a list of values, can be any now");
                level.report_either(Step::Here, !lost.is_empty(), true, what);
            }
            (false, true) => {
                let values: Vec<String> = after
                    .keys()
                    .map(|text| format!("`{}`", clipped(text)))
                    .collect();
                let values = values.join(", ");
                let what = format_args!("is one of {values} now");
                level.report_either(Step::Here, true, !gained.is_empty(), what);
            }
            _ => {
                for value in &lost {
                    let value = clipped(value);
                    let what = format_args!("the value `{value}` is gone");
                    level.report(Step::Here, Effect::Narrowed, what);
                }
                for value in &gained {
                    let value = clipped(value);
                    let what = format_args!("the value `{value}` is new");
                    level.report(Step::Here, Effect::Widened, what);
                }
            }
        }
        Ok(if old.is_empty() || new.is_empty() {
            (Vec::new(), Vec::new())
        } else {
            (old, new)
        })
    }
}

/// Returns the listed values of all alternatives, and the alternatives without listed values.
fn split_listed<'a>(
    document: &Document<'a>,
    arms: &[Id],
    work: &mut WorkBudget,
) -> Result<(AllowedValues<'a>, Vec<Id>), Exhausted> {
    let (mut all, mut others) = (AllowedValues::new(), Vec::new());
    for &arm in arms {
        match &document.arm(arm).values {
            Some(values) => {
                work.spend(values.len())?;
                all.extend(values.iter().map(|(text, value)| (text.clone(), *value)));
            }
            None => others.push(arm),
        }
    }
    Ok((all, others))
}
