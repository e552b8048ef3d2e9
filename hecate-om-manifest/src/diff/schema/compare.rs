//! Comparison of two documents.
//!
//! First, each reachable pair of locations and of alternatives receives a verdict: whether the new
//! side allows less, more, or the same. Every pair counts as the same until a difference is found.
//! A difference propagates to the dependent pairs until no verdict changes, so recursive types
//! terminate and no pair is examined once per path. The verdicts match the alternatives, whatever
//! their order. Then the differences are reported, from the top.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::rc::Rc;

use serde_json::Value;

use super::arm::ValueKind;
use super::document::{Document, Id};
use super::level::{Conditions, Difference, Level, Mode};
use super::value_path::{Step, ValuePath};
use super::verdict::{Verdict, View};
use super::work::{Exhausted, WorkBudget};
use super::{Effect, SchemaChange};

/// Maximum number of reported differences.
const MAX_CHANGES: usize = 1000;

/// A pair to compare: two locations, or two alternatives of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Pair {
    Locations(Id, Id),
    Arms(Id, Id),
}

/// Index of a pair.
type PairIndex = usize;

#[derive(Debug)]
struct PairState {
    pair: Pair,
    verdict: Verdict,
    /// The pairs whose verdicts depend on this one.
    above: HashSet<PairIndex>,
    is_open: bool,
    /// The differences at the level of these alternatives, and the child pairs; independent of all
    /// verdicts.
    level: Option<Rc<(Verdict, Vec<PairIndex>)>>,
}

/// A pair to compare below another pair.
#[derive(Debug)]
pub(super) struct Child<'a> {
    pub(super) step: Step<'a>,
    pub(super) pair: Pair,
    pub(super) view: View,
}

/// The reported differences of a pair, and the children with more.
#[derive(Debug, Default)]
pub(super) struct Report<'a> {
    pub(super) found: Vec<Difference<'a>>,
    pub(super) children: Vec<Child<'a>>,
}

#[derive(Debug)]
pub(super) struct Comparison<'a> {
    pub(super) old: Document<'a>,
    pub(super) new: Document<'a>,
    pub(super) work: WorkBudget,
    judged: Vec<PairState>,
    numbers: HashMap<Pair, PairIndex>,
    /// Queue of the pairs to judge, so that a pair with many dependencies is judged after them.
    open: VecDeque<PairIndex>,
}

impl<'a> Comparison<'a> {
    pub(super) fn new(old: Document<'a>, new: Document<'a>) -> Self {
        Self {
            old,
            new,
            work: WorkBudget::new(),
            judged: Vec::new(),
            numbers: HashMap::new(),
            open: VecDeque::new(),
        }
    }

    /// Returns the differences, those of the whole value first.
    pub(super) fn changes(
        &mut self,
        old: &'a Value,
        new: &'a Value,
    ) -> Result<Vec<SchemaChange>, Exhausted> {
        let root = self.locations(&[old], &[new])?;
        self.report(root)
    }

    fn number(&mut self, pair: Pair) -> PairIndex {
        if let Some(at) = self.numbers.get(&pair) {
            return *at;
        }
        let at = self.judged.len();
        self.numbers.insert(pair, at);
        self.judged.push(PairState {
            pair,
            verdict: Verdict::SAME,
            above: HashSet::new(),
            is_open: true,
            level: None,
        });
        self.open.push_back(at);
        at
    }

    fn judge(&mut self, at: PairIndex) -> Result<(), Exhausted> {
        self.judged[at].is_open = false;
        let verdict = match self.judged[at].pair {
            Pair::Locations(old, new) => self.judge_locations(at, old, new)?,
            Pair::Arms(old, new) => self.judge_arms(at, old, new)?,
        };
        let judged = &mut self.judged[at];
        if judged.verdict.adds(verdict) {
            for above in judged.above.clone() {
                let above_it = &mut self.judged[above];
                if !above_it.is_open {
                    above_it.is_open = true;
                    self.open.push_back(above);
                }
            }
        }
        Ok(())
    }

    /// Returns the verdict on a pair. With `above`, it is the current verdict, and `above` is
    /// judged again when it changes; otherwise it is final.
    pub(super) fn verdict(
        &mut self,
        above: Option<PairIndex>,
        pair: Pair,
    ) -> Result<Verdict, Exhausted> {
        self.work.spend(1)?;
        let at = self.number(pair);
        match above {
            Some(above) => {
                self.judged[at].above.insert(above);
            }
            None => {
                while let Some(at) = self.open.pop_front() {
                    self.judge(at)?;
                }
            }
        }
        Ok(self.judged[at].verdict)
    }

    fn locations(&mut self, old: &[&'a Value], new: &[&'a Value]) -> Result<Pair, Exhausted> {
        let old = self.old.location(old, &mut self.work)?;
        let new = self.new.location(new, &mut self.work)?;
        Ok(Pair::Locations(old, new))
    }

    fn judge_arms(&mut self, at: PairIndex, old: Id, new: Id) -> Result<Verdict, Exhausted> {
        if let Some(level) = self.judged[at].level.clone() {
            let (mut verdict, below) = (level.0, &level.1);
            self.work.spend(1 + below.len())?;
            for below in below {
                verdict.adds(self.judged[*below].verdict);
            }
            return Ok(verdict);
        }
        let level = self.level(old, new, false)?;
        let mut verdict = Verdict::SAME;
        for found in &level.found {
            verdict.adds(found.effect.into());
        }
        let own = verdict;
        let mut pairs = Vec::new();
        for below in level.below {
            let pair = self.locations(&below.old, &below.new)?;
            verdict.adds(self.verdict(Some(at), pair)?);
            pairs.push(self.number(pair));
        }
        for conditions in &level.conditions {
            let Report { found, children } = self.conditions(Some(at), conditions)?;
            for found in found {
                verdict.adds(found.effect.into());
            }
            for child in children {
                verdict.adds(
                    self.verdict(Some(at), child.pair)?
                        .visible_through(child.view),
                );
            }
        }
        if level.conditions.is_empty() {
            self.judged[at].level = Some(Rc::new((own, pairs)));
        }
        Ok(verdict)
    }

    /// Compares the keywords of two alternatives.
    fn level(&mut self, old: Id, new: Id, with_texts: bool) -> Result<Level<'a>, Exhausted> {
        let (old, new) = (self.old.arm(old), self.new.arm(new));
        self.work.spend(old.size() + new.size())?;
        let mut level = Level::new(with_texts);
        level.arms(&old, &new);
        self.work.spend(level.found.len() + level.below.len())?;
        Ok(level)
    }

    /// Matches each condition with an equal one on the other side; the others were added or
    /// removed.
    fn conditions(
        &mut self,
        above: Option<PairIndex>,
        conditions: &Conditions<'a>,
    ) -> Result<Report<'a>, Exhausted> {
        let Conditions {
            keyword,
            step,
            mode,
            old,
            new,
        } = conditions;
        let mut is_same = |old: &[&'a Value], new: &[&'a Value]| {
            let mut verdict = Verdict::SAME;
            self.work.spend(1 + old.len())?;
            for (old, new) in old.iter().zip(new) {
                let pair = self.locations(&[old], &[new])?;
                verdict.adds(self.verdict(above, pair)?);
            }
            Ok(!verdict.differs())
        };
        let mut removed: Vec<&Vec<&'a Value>> = Vec::new();
        for condition in old {
            let mut found = false;
            for other in new {
                found = found || is_same(condition, other)?;
            }
            if !found {
                removed.push(condition);
            }
        }
        let mut added: Vec<&Vec<&'a Value>> = Vec::new();
        for other in new {
            let mut found = false;
            for condition in old {
                found = found || is_same(condition, other)?;
            }
            if !found {
                added.push(other);
            }
        }
        let difference = |effect, what: &str| Difference {
            step: step.clone(),
            effect,
            what: format!("its {keyword} {what}"),
        };
        let (narrowed, widened) = (Effect::Narrowed, Effect::Widened);
        let mut report = Report::default();
        match (removed.as_slice(), added.as_slice(), mode) {
            ([], [], _) => {
                // Equal as far as is known; a part that is too complex is reported as such.
                let pairs = old.iter().flatten().zip(new.iter().flatten());
                for (old, new) in pairs {
                    report.children.push(Child {
                        step: step.clone(),
                        pair: self.locations(&[old], &[new])?,
                        view: View::PLAIN.only_undecided(),
                    });
                }
            }
            ([_], [_], Mode::Whole) => report
                .found
                .push(difference(Effect::Replaced, "has changed")),
            ([old], [new], mode) => {
                let view = match mode {
                    Mode::Inverted => View::PLAIN.inverted(),
                    _ => View::PLAIN,
                };
                let pair = self.locations(old, new)?;
                let step = step.clone();
                report.children.push(Child { step, pair, view });
            }
            (removed, added, _) => {
                let removed = removed.iter().map(|_| difference(widened, "is gone"));
                let added = added.iter().map(|_| difference(narrowed, "is new"));
                report.found.extend(removed.chain(added));
            }
        }
        Ok(report)
    }

    /// Reports the differences from the top, each alternative once, and skips equal pairs.
    fn report(&mut self, root: Pair) -> Result<Vec<SchemaChange>, Exhausted> {
        let mut changes = Vec::new();
        let mut seen = HashSet::new();
        let mut reports: HashMap<Pair, Rc<Report<'a>>> = HashMap::new();
        let mut open = VecDeque::from([(root, ValuePath::default(), View::PLAIN)]);
        while let Some((pair, path, view)) = open.pop_front() {
            if self.verdict(None, pair)?.visible_through(view).is_same() {
                continue;
            }
            if let Pair::Arms(old, _) = pair
                && self.is_reported_once(old)
                && !seen.insert((pair, view))
            {
                continue;
            }
            let report = match reports.get(&pair) {
                Some(report) => Rc::clone(report),
                None => {
                    let of_pair = Rc::new(match pair {
                        Pair::Locations(old, new) => self.report_locations(old, new)?,
                        Pair::Arms(old, new) => self.report_arms(old, new)?,
                    });
                    reports.insert(pair, Rc::clone(&of_pair));
                    of_pair
                }
            };
            self.work.spend(report.found.len())?;
            for found in &report.found {
                let Some(effect) = view.effect(found.effect) else {
                    continue;
                };
                if changes.len() >= MAX_CHANGES {
                    changes.push(SchemaChange {
                        path: String::new(),
                        what: format!(
                            "has more than {MAX_CHANGES} differences: the others are omitted"
                        ),
                        effect: Effect::Undecided,
                    });
                    return Ok(changes);
                }
                changes.push(SchemaChange {
                    path: path.join(&found.step).0,
                    what: found.what.clone(),
                    effect,
                });
            }
            for child in &report.children {
                self.work.spend(1)?;
                open.push_back((child.pair, path.join(&child.step), view.then(child.view)));
            }
        }
        Ok(changes)
    }

    /// Differences of numbers and texts are reported at each of their locations.
    fn is_reported_once(&self, old: Id) -> bool {
        matches!(
            self.old.arm(old).kind,
            ValueKind::List | ValueKind::Object | ValueKind::Any
        )
    }

    pub(super) fn report_arms(&mut self, old: Id, new: Id) -> Result<Report<'a>, Exhausted> {
        let level = self.level(old, new, true)?;
        let mut report = Report {
            found: level.found,
            children: Vec::new(),
        };
        for conditions in &level.conditions {
            let Report { found, children } = self.conditions(None, conditions)?;
            report.found.extend(found);
            report.children.extend(children);
        }
        for below in level.below {
            report.children.push(Child {
                step: below.step,
                pair: self.locations(&below.old, &below.new)?,
                view: View::PLAIN,
            });
        }
        Ok(report)
    }
}

/// Formats the kinds for a report.
pub(super) fn names(kinds: &BTreeSet<ValueKind>) -> String {
    let names: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
    names.join(" or ")
}
