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

    /// Checks that the map has a value of each type that the handlers borrow. `needs` names each
    /// handler's capability, topic or schedule.
    pub(crate) fn check<'n>(
        &self,
        needs: impl Iterator<Item = (&'n str, &'static [StateRequirement])>,
    ) -> Result<(), MissingState> {
        let missing: Vec<(String, &'static str)> = needs
            .flat_map(|(name, needs)| needs.iter().map(move |need| (name, need)))
            .filter(|(_, need)| !self.0.contains_key(&need.id()))
            .map(|(name, need)| (name.to_owned(), need.name()))
            .collect();
        if missing.is_empty() {
            Ok(())
        } else {
            Err(MissingState(missing))
        }
    }
}

/// Types that handlers borrow but that were not provided, each with the name of the handler's
/// capability, topic or schedule.
#[derive(Debug)]
pub(crate) struct MissingState(Vec<(String, &'static str)>);

impl fmt::Display for MissingState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("handlers borrow state that was not provided")?;
        self.0.iter().try_for_each(|(name, ty)| {
            write!(
                f,
                "\n  the handler of `{name}` takes `&{ty}`: provide a value with `boot.provide(…)` in `Service::start`"
            )
        })
    }
}

impl fmt::Debug for StateMap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StateMap({})", self.0.len())
    }
}
