//! Bound on the work of one comparison.

/// Maximum number of steps of one comparison. A step examines one keyword of a pair of locations,
/// or a few bytes of text. Real types take a few thousand steps.
pub(super) const MAX_WORK: usize = 300_000;

/// The bound is exhausted: the two schemas are too complex to compare.
#[derive(Debug)]
pub(super) struct Exhausted;

/// Remaining steps.
#[derive(Debug)]
pub(super) struct WorkBudget(usize);

impl WorkBudget {
    pub(super) const fn new() -> Self {
        Self(MAX_WORK)
    }

    pub(super) const fn spend(&mut self, steps: usize) -> Result<(), Exhausted> {
        match self.0.checked_sub(steps) {
            Some(left) => {
                self.0 = left;
                Ok(())
            }
            None => Err(Exhausted),
        }
    }
}
