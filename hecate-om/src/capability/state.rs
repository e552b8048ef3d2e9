//! State that `start` provides and that handlers borrow.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use super::StateRequirement;

/// Provided values, at most one of each type.
#[derive(Default)]
pub(crate) struct StateMap {
    values: HashMap<TypeId, Arc<dyn Any + Send + Sync>>,
    /// The map for handlers that start from now on; `None` until a value is replaced.
    successor: RwLock<Option<Arc<Self>>>,
}

impl StateMap {
    /// Inserts `value`, and returns whether the map had no value of this type.
    pub(crate) fn insert<T: Send + Sync + 'static>(&mut self, value: Arc<T>) -> bool {
        self.values.insert(TypeId::of::<T>(), value).is_none()
    }

    /// Inserts `value`, and returns the map.
    pub(crate) fn with<T: Send + Sync + 'static>(mut self, value: Arc<T>) -> Self {
        self.insert(value);
        self
    }

    /// Inserts the values of `others`. They replace existing values of the same types.
    pub(crate) fn overridden(mut self, others: Self) -> Self {
        self.values.extend(others.values);
        self
    }

    /// Returns the map for a handler that starts now. The handler borrows from it until the handler
    /// ends, even if a value is replaced meanwhile.
    pub(crate) fn current(self: &Arc<Self>) -> Arc<Self> {
        let successor = self.successor.read();
        let successor = successor.unwrap_or_else(PoisonError::into_inner);
        Arc::clone(successor.as_ref().unwrap_or(self))
    }

    /// Replaces the value of type `T` for handlers that start from now on.
    pub(crate) fn replace<T: Send + Sync + 'static>(self: &Arc<Self>, value: Arc<T>) {
        let next = Self {
            values: self.values.clone(),
            successor: RwLock::default(),
        };
        let successor = self.successor.write();
        let mut successor = successor.unwrap_or_else(PoisonError::into_inner);
        *successor = Some(Arc::new(next.with(value)));
    }

    pub(crate) fn get<T: Send + Sync + 'static>(&self) -> Option<&T> {
        self.values.get(&TypeId::of::<T>())?.downcast_ref()
    }

    /// Returns a reference to the value that outlives a borrow of the map.
    pub(crate) fn get_shared<T: Send + Sync + 'static>(&self) -> Option<Arc<T>> {
        Arc::clone(self.values.get(&TypeId::of::<T>())?)
            .downcast()
            .ok()
    }

    /// Checks that the map has a value of each type that is borrowed. `needs` has each type with its
    /// borrower, such as "the handler of `rag.embed`".
    pub(crate) fn check(
        &self,
        needs: impl Iterator<Item = (String, StateRequirement)>,
    ) -> Result<(), MissingState> {
        let missing: Vec<(String, &'static str)> = needs
            .filter(|(_, need)| !self.values.contains_key(&need.id()))
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
        write!(f, "StateMap({})", self.values.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handler_keeps_the_value_of_its_start_and_later_ones_borrow_the_replacement() {
        let states = StateMap::default().with(Arc::new(1_u32));
        let states = Arc::new(states.with(Arc::new("same")));
        let running = states.current();
        for new in [2_u32, 3] {
            states.replace(Arc::new(new));
            assert_eq!(running.get(), Some(&1_u32));
            assert_eq!(states.current().get(), Some(&new));
            assert_eq!(states.current().get(), Some(&"same"));
        }
    }
}
