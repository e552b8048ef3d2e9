//! State that `start` provides and that handlers borrow.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use super::StateRequirement;

/// Provided values, at most one of each type.
#[derive(Default)]
pub(crate) struct StateMap(HashMap<TypeId, Arc<dyn Any + Send + Sync>>);

impl StateMap {
    /// Inserts `value`, and returns whether the map had no value of this type.
    pub(crate) fn insert<T: Send + Sync + 'static>(&mut self, value: Arc<T>) -> bool {
        self.0.insert(TypeId::of::<T>(), value).is_none()
    }

    /// Inserts `value`, and returns the map.
    pub(crate) fn with<T: Send + Sync + 'static>(mut self, value: Arc<T>) -> Self {
        self.insert(value);
        self
    }

    /// Inserts the values of `others`. They replace existing values of the same types.
    pub(crate) fn overridden(mut self, others: Self) -> Self {
        self.0.extend(others.0);
        self
    }

    pub(crate) fn get<T: Send + Sync + 'static>(&self) -> Option<&T> {
        self.0.get(&TypeId::of::<T>())?.downcast_ref()
    }

    /// Returns a reference to the value that outlives a borrow of the map.
    pub(crate) fn get_shared<T: Send + Sync + 'static>(&self) -> Option<Arc<T>> {
        Arc::clone(self.0.get(&TypeId::of::<T>())?).downcast().ok()
    }

    /// Checks that the map has a value of each type that is borrowed. `needs` has each type with its
    /// borrower, such as "the handler of `rag.embed`".
    pub(crate) fn check(
        &self,
        needs: impl Iterator<Item = (String, StateRequirement)>,
    ) -> Result<(), MissingState> {
        let missing: Vec<(String, &'static str)> = needs
            .filter(|(_, need)| !self.0.contains_key(&need.id()))
            .map(|(borrower, need)| (borrower, need.name()))
            .collect();
        if missing.is_empty() {
            Ok(())
        } else {
            Err(MissingState(missing))
        }
    }
}

/// Types that were not provided, each with its borrower.
#[derive(Debug)]
pub(crate) struct MissingState(Vec<(String, &'static str)>);

impl fmt::Display for MissingState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("handlers borrow state that was not provided")?;
        self.0.iter().try_for_each(|(borrower, ty)| {
            write!(
                f,
                "\n  {borrower} takes `&{ty}`: provide a value with `boot.provide(…)` in `Service::start`, or for each \
                 call of a capability in a layer"
            )
        })
    }
}

impl fmt::Debug for StateMap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StateMap({})", self.0.len())
    }
}
