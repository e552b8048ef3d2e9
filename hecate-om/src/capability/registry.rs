//! The capabilities of a service, by procedure.

use std::sync::Arc;

use hecate_om_manifest::procedure;

use super::{
    Capability, Dispatcher, Guard, InFlight, KeyedCalls, Kind, MissingState, StateMap,
    StreamMetrics, layer,
};
use crate::metrics::CallMetrics;

/// All capabilities of a service, with their dispatchers.
#[derive(Debug)]
pub(crate) struct Registry {
    served: Vec<(String, Arc<Dispatcher>)>,
}

impl Registry {
    /// Registers each capability under its procedure in `org`.
    ///
    /// # Errors
    ///
    /// All types that handlers and layers borrow but that neither `start` nor an outer layer provides.
    pub(crate) fn new(
        org: &str,
        capabilities: Vec<Capability>,
        states: &Arc<StateMap>,
        in_flight: &InFlight,
        keyed: &KeyedCalls,
    ) -> Result<Self, MissingState> {
        states.check(capabilities.iter().flat_map(layer::needs))?;
        let served = capabilities
            .into_iter()
            .map(|c| {
                let dispatcher =
                    Dispatcher::new(c, Arc::clone(states), in_flight.clone(), keyed.clone());
                (procedure(org, c.name, c.version), Arc::new(dispatcher))
            })
            .collect();
        Ok(Self { served })
    }

    pub(crate) fn procedures(&self) -> Vec<String> {
        self.iter()
            .map(|(procedure, _)| procedure.to_owned())
            .collect()
    }

    /// Returns the call metrics of each procedure.
    pub(crate) fn call_metrics(&self) -> Vec<(String, Arc<CallMetrics>)> {
        self.iter()
            .map(|(procedure, dispatcher)| (procedure.to_owned(), Arc::clone(&dispatcher.metrics)))
            .collect()
    }

    /// Returns the guard of each procedure.
    pub(crate) fn guards(&self) -> Vec<(String, Arc<Guard>)> {
        self.iter()
            .map(|(procedure, dispatcher)| (procedure.to_owned(), Arc::clone(&dispatcher.guard)))
            .collect()
    }

    /// Returns the stream metrics of each streaming procedure.
    pub(crate) fn streams(&self) -> Vec<StreamMetrics> {
        self.iter()
            .filter(|(_, dispatcher)| dispatcher.capability.kind != Kind::Unary)
            .map(|(procedure, dispatcher)| StreamMetrics {
                procedure: procedure.to_owned(),
                calls: Arc::clone(&dispatcher.metrics),
                items: Arc::clone(&dispatcher.items),
            })
            .collect()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Arc<Dispatcher>)> {
        self.served.iter().map(|(p, d)| (p.as_str(), d))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capability::{HandlerFuture, Invocation, StateRequirement};

    fn invoke(_: Invocation) -> HandlerFuture {
        HandlerFuture::new(async { Ok(crate::codec::Payload::default()) })
    }

    #[test]
    fn state_that_was_not_provided_is_named_with_its_capability() {
        let needy = Capability {
            needs: const { &[StateRequirement::new::<Vec<u8>>()] },
            ..Capability::new("rag.embed", invoke)
        };
        let states = Arc::new(StateMap::default());
        let error = Registry::new(
            "org",
            vec![needy],
            &states,
            &InFlight::default(),
            &KeyedCalls::default(),
        )
        .unwrap_err();
        assert!(
            error
                .to_string()
                .contains("the handler of `rag.embed` takes `&alloc::vec::Vec<u8>`"),
            "{error}"
        );
    }
}
