//! The bound on how much is done to compare two schemas.

/// The most steps of one comparison. A step looks at a keyword of a pair of places, or at a few bytes of text.
/// Types that people write take a few thousand.
const MAX_WORK: usize = 300_000;

/// The bound is reached: the two schemas are too complex to compare.
#[derive(Debug)]
pub(super) struct Exhausted;

/// What is left of the bound.
#[derive(Debug)]
pub(super) struct Work(usize);

impl Work {
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
