//! Comparison of locations: matches their alternatives by kind.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::Effect;
use super::arm::ValueKind;
use super::compare::{Child, Comparison, Pair, Report, names};
use super::document::{Document, Id};
use super::label::label;
use super::level::Level;
use super::value_path::{Step, clipped};
use super::verdict::{Verdict, View};
use super::work::Exhausted;

/// The alternatives of a location by their kind.
type ByKind = BTreeMap<ValueKind, Vec<Id>>;

/// Alternatives of both sides with the same label.
#[derive(Debug, Default)]
struct Group {
    old: Vec<Id>,
    new: Vec<Id>,
}

/// The groups of a location, by kind and label. Only lists and objects with several alternatives
/// have labels.
type Groups = BTreeMap<(ValueKind, Option<Rc<str>>), Group>;

impl<'a> Comparison<'a> {
    pub(super) fn judge_locations(
        &mut self,
        at: usize,
        old: Id,
        new: Id,
    ) -> Result<Verdict, Exhausted> {
        let (level, groups) = self.location(old, new, false)?;
        let mut verdict = Verdict::SAME;
        for found in &level.found {
            verdict.adds(found.effect.into());
        }
        for group in groups.values() {
            if let ([old], [new]) = (group.old.as_slice(), group.new.as_slice()) {
                verdict.adds(self.verdict(Some(at), Pair::Arms(*old, *new))?);
                continue;
            }
            for &old in &group.old {
                if !self.is_covered(Some(at), old, &group.new, true, &mut verdict)? {
                    verdict.adds(Effect::Narrowed.into());
                }
            }
            for &new in &group.new {
                if !self.is_covered(Some(at), new, &group.old, false, &mut verdict)? {
                    verdict.adds(Effect::Widened.into());
                }
            }
        }
        Ok(verdict)
    }

    /// Returns whether an alternative of the other side allows everything that this one allows, by
    /// fields that it names.
    ///
    /// Marks `verdict` as undecided if the result is uncertain.
    fn is_covered(
        &mut self,
        above: Option<usize>,
        arm: Id,
        others: &[Id],
        is_old: bool,
        verdict: &mut Verdict,
    ) -> Result<bool, Exhausted> {
        let mut perhaps = false;
        for &other in others {
            let (old, new) = if is_old { (arm, other) } else { (other, arm) };
            let of_pair = self.verdict(above, Pair::Arms(old, new))?;
            let is_less = if is_old {
                of_pair.has_lost()
            } else {
                of_pair.has_gained()
            };
            if is_less || (of_pair.differs() && !self.knows_fields(arm, other, is_old)?) {
                continue;
            }
            if !of_pair.is_undecided() {
                return Ok(true);
            }
            perhaps = true;
        }
        if perhaps {
            verdict.adds(Effect::Undecided.into());
        }
        Ok(perhaps)
    }

    /// Returns whether the other alternative names all fields of this arm. If it ignores some, it
    /// describes another type.
    fn knows_fields(&mut self, arm: Id, other: Id, is_old: bool) -> Result<bool, Exhausted> {
        let (arm, other) = if is_old {
            (self.old.arm(arm), self.new.arm(other))
        } else {
            (self.new.arm(arm), self.old.arm(other))
        };
        self.work.spend(1 + arm.names.len() / 8)?;
        Ok(arm.names.is_subset(&other.names))
    }

    pub(super) fn report_locations(&mut self, old: Id, new: Id) -> Result<Report<'a>, Exhausted> {
        let (mut level, groups) = self.location(old, new, true)?;
        let mut children = Vec::new();
        for ((kind, label), group) in &groups {
            let variant = |number: usize| match (label, number) {
                (None, _) => Step::Here,
                (Some(label), 0) => Step::Variant(Rc::clone(label)),
                (Some(label), n) => Step::Variant(format!("{label} #{}", n + 1).into()),
            };
            self.compare_group(*kind, group, &variant, &mut level, &mut children)?;
        }
        Ok(Report {
            found: level.found,
            children,
        })
    }

    fn compare_group(
        &mut self,
        kind: ValueKind,
        group: &Group,
        variant: &dyn Fn(usize) -> Step<'static>,
        level: &mut Level<'a>,
        children: &mut Vec<Child<'a>>,
    ) -> Result<(), Exhausted> {
        if let ([old], [new]) = (group.old.as_slice(), group.new.as_slice()) {
            children.push(Child {
                step: variant(0),
                pair: Pair::Arms(*old, *new),
                view: View::PLAIN,
            });
            return Ok(());
        }
        let mut ignored = Verdict::SAME;
        // The alternatives without an equal one: their indexes, and whether their values are still
        // allowed.
        let mut removed = Vec::new();
        for (number, &old) in group.old.iter().enumerate() {
            if !self.has_same(old, &group.new, true)? {
                let is_covered = self.is_covered(None, old, &group.new, true, &mut ignored)?;
                removed.push((number, old, is_covered));
            }
        }
        let mut added = Vec::new();
        for &new in &group.new {
            if !self.has_same(new, &group.old, false)? {
                let is_covered = self.is_covered(None, new, &group.old, false, &mut ignored)?;
                added.push((new, is_covered));
            }
        }
        // The remaining alternatives of both sides have changed; pairs with the fewest differences
        // come first.
        let mut pairs = Vec::new();
        for (i, (_, old, was_covered)) in removed.iter().enumerate() {
            for (j, (new, is_covered)) in added.iter().enumerate() {
                let covered = usize::from(*was_covered) + usize::from(*is_covered);
                pairs.push((covered, self.distance(*old, *new)?, i, j));
            }
        }
        pairs.sort_unstable();
        let (mut removed, mut added): (Vec<_>, Vec<_>) = (
            removed.into_iter().map(Some).collect(),
            added.into_iter().map(Some).collect(),
        );
        for (_, _, i, j) in pairs {
            if let (Some((number, old, was_covered)), Some((new, is_covered))) =
                (removed[i], added[j])
            {
                (removed[i], added[j]) = (None, None);
                children.push(Child {
                    step: variant(number),
                    pair: Pair::Arms(old, new),
                    view: View::hiding(was_covered, is_covered),
                });
            }
        }
        let name = |step: &Step<'_>| match step {
            Step::Variant(label) => format!("the variant `{}`", clipped(label)),
            _ => format!("one way to be {}", kind.name()),
        };
        for (number, _, is_covered) in removed.into_iter().flatten() {
            let name = name(&variant(number));
            level.report_either(
                Step::Here,
                !is_covered,
                false,
                format_args!("{name} is gone"),
            );
        }
        for (number, (_, is_covered)) in added
            .into_iter()
            .enumerate()
            .filter_map(|(n, pair)| Some((n, pair?)))
        {
            let name = name(&variant(group.old.len() + number));
            level.report_either(
                Step::Here,
                false,
                !is_covered,
                format_args!("{name} is new"),
            );
        }
        Ok(())
    }

    /// Returns whether the other side has an equal alternative, as far as is known.
    fn has_same(&mut self, arm: Id, others: &[Id], is_old: bool) -> Result<bool, Exhausted> {
        for &other in others {
            let (old, new) = if is_old { (arm, other) } else { (other, arm) };
            if self.verdict(None, Pair::Arms(old, new))?.is_same() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Returns the number of locations in which two alternatives differ.
    fn distance(&mut self, old: Id, new: Id) -> Result<usize, Exhausted> {
        if !self.verdict(None, Pair::Arms(old, new))?.differs() {
            return Ok(0);
        }
        let Report { found, children } = self.report_arms(old, new)?;
        let mut distance = found.len();
        for child in children {
            distance += usize::from(!self.verdict(None, child.pair)?.is_same());
        }
        Ok(distance)
    }

    /// Reports the differences in the kinds and values of two locations, and matches their other
    /// alternatives.
    fn location(
        &mut self,
        old: Id,
        new: Id,
        with_texts: bool,
    ) -> Result<(Level<'a>, Groups), Exhausted> {
        let mut level = Level::new(with_texts);
        let mut groups = Groups::new();
        let before = self.old.arms_of(old);
        let after = self.new.arms_of(new);
        let (Some(before), Some(after)) = (before, after) else {
            let what = format_args!("is too complex to compare");
            level.report(Step::Here, Effect::Undecided, what);
            return Ok((level, groups));
        };
        self.work.spend(before.len() + after.len())?;
        if before.is_empty() || after.is_empty() {
            let what = if after.is_empty() {
                "is allowed no value now"
            } else {
                "is allowed values now"
            };
            let (lost, gained) = (!before.is_empty(), !after.is_empty());
            level.report_either(Step::Here, lost, gained, format_args!("{what}"));
            return Ok((level, groups));
        }
        let (was, is) = (
            unresolved(&self.old, &before),
            unresolved(&self.new, &after),
        );
        if was != is {
            level.unresolved(&was, &is);
            return Ok((level, groups));
        }
        let free = |document: &Document<'a>, arms: &[Id]| {
            arms.iter().any(|arm| document.arm(*arm).is_unconfined())
        };
        let (was_free, is_free) = (free(&self.old, &before), free(&self.new, &after));
        let (before, after) = (
            group_by_kind(&self.old, &before),
            group_by_kind(&self.new, &after),
        );
        if was_free || is_free {
            let names = |all: &ByKind, is_free: bool| {
                if is_free {
                    ValueKind::Any.name().to_owned()
                } else {
                    names(&all.keys().copied().collect())
                }
            };
            let (was, is) = (names(&before, was_free), names(&after, is_free));
            let what = format_args!("was {was}, is {is}");
            level.report_either(Step::Here, !is_free, !was_free, what);
            return Ok((level, groups));
        }
        kinds(&before, &after, &mut level);
        for (kind, old) in &before {
            let Some(new) = after.get(kind) else {
                continue;
            };
            let (old, new) = self.values(old, new, &mut level)?;
            self.group(*kind, &old, &new, &mut groups)?;
        }
        Ok((level, groups))
    }

    /// Matches alternatives of one kind by their labels.
    fn group(
        &mut self,
        kind: ValueKind,
        old: &[Id],
        new: &[Id],
        groups: &mut Groups,
    ) -> Result<(), Exhausted> {
        let has_labels =
            matches!(kind, ValueKind::List | ValueKind::Object) && (old.len() > 1 || new.len() > 1);
        for &arm in old {
            let label = if has_labels {
                Some(label(&mut self.old, arm, &mut self.work)?)
            } else {
                None
            };
            groups.entry((kind, label)).or_default().old.push(arm);
        }
        for &arm in new {
            let label = if has_labels {
                Some(label(&mut self.new, arm, &mut self.work)?)
            } else {
                None
            };
            groups.entry((kind, label)).or_default().new.push(arm);
        }
        Ok(())
    }
}

/// Returns the references without a target that are all that is known of an alternative: it may
/// allow anything.
fn unresolved<'a>(document: &Document<'a>, arms: &[Id]) -> BTreeSet<&'a str> {
    let arms = arms.iter().map(|arm| document.arm(*arm));
    let arms = arms.filter(|arm| arm.kind == ValueKind::Any);
    arms.flat_map(|arm| arm.unknown.clone()).collect()
}

fn group_by_kind(document: &Document<'_>, arms: &[Id]) -> ByKind {
    let mut by_kind = ByKind::new();
    for &arm in arms {
        by_kind.entry(document.arm(arm).kind).or_default().push(arm);
    }
    by_kind
}

/// Reports the added and removed kinds of value.
fn kinds(before: &ByKind, after: &ByKind, level: &mut Level<'_>) {
    let set = |all: &ByKind| -> BTreeSet<ValueKind> { all.keys().copied().collect() };
    let (before, after) = (set(before), set(after));
    if before.is_disjoint(&after) {
        let (was, is) = (names(&before), names(&after));
        let what = format_args!("was {was}, is {is}");
        return level.report(Step::Here, Effect::Replaced, what);
    }
    for kind in before.difference(&after) {
        let what = format_args!("cannot be {} any more", kind.name());
        level.report(Step::Here, Effect::Narrowed, what);
    }
    for kind in after.difference(&before) {
        let what = format_args!("can be {} now", kind.name());
        level.report(Step::Here, Effect::Widened, what);
    }
}
