//! The shapes of types, each compiled once in a process.

use std::any::{TypeId, type_name};
use std::cell::RefCell;
use std::collections::HashMap;
use std::panic::catch_unwind;
use std::sync::{OnceLock, PoisonError, RwLock};

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde::de::DeserializeOwned;

use super::sample::buffers_nothing;
use super::{Ambiguity, Shape};

/// How payloads of a type are read.
#[derive(Debug, Clone, Copy)]
pub(in super::super) enum Plan {
    /// Nothing is known of the type but that it is read by serde.
    Unknown,
    /// As they come: what the type buffers, if anything, needs no mark.
    AsTheyCome,
    /// Marked.
    Marked(&'static Shape),
    /// Not at all.
    Ambiguous(&'static Ambiguity),
}

/// The types of a program are so many, so what is kept of each is kept for good.
static KNOWN: RwLock<Option<HashMap<TypeId, &'static Described>>> = RwLock::new(None);

struct Described {
    shape: Option<Shape>,
    ambiguity: Option<Ambiguity>,
    plan: OnceLock<Plan>,
}

thread_local! {
    /// What is known already, without a lock that all calls would share.
    static PLANS: RefCell<HashMap<TypeId, Plan>> = RefCell::default();
}

/// How a payload is read as a `T`.
pub(in super::super) fn plan<T: DeserializeOwned>() -> Plan {
    let id = typeid::of::<T>();
    if let Some(plan) = PLANS.with_borrow(|plans| plans.get(&id).copied()) {
        return plan;
    }
    let Some(described) = described(id) else {
        return Plan::Unknown;
    };
    let plan = match described.plan.get() {
        Some(plan) => *plan,
        // Reading samples runs the author's code, which may decode in turn: so it is not done under the lock.
        None => {
            let plan = described.plan::<T>();
            *described.plan.get_or_init(|| plan)
        }
    };
    PLANS.with_borrow_mut(|plans| plans.insert(id, plan));
    plan
}

impl Described {
    fn plan<T: DeserializeOwned>(&'static self) -> Plan {
        match (&self.shape, &self.ambiguity) {
            (None, _) => Plan::Unknown,
            (_, Some(ambiguity)) => Plan::Ambiguous(ambiguity),
            (Some(shape), None) if !shape.matters() || buffers_nothing::<T>(shape) => {
                Plan::AsTheyCome
            }
            (Some(shape), None) => Plan::Marked(shape),
        }
    }
}

/// Makes a type's JSON Schema known to whatever reads a `T` in this process.
///
/// The wire has no booleans: they cross as 0 and 1, and under `#[serde(flatten)]`, `tag` and `untagged` only the type's
/// schema says which is which. What handlers take and answer, what is called by its type and what a test's mock takes is
/// known by itself. This is for a type with a boolean in such a place that is only ever read by
/// [`Outgoing::call`](crate::Outgoing::call) and the other calls by name, [`Mesh::subscribe`](crate::Mesh::subscribe), a
/// [`Subscription`](crate::Subscription) or [`Content::fetch`](crate::Content::fetch); such a type is refused, and never
/// taken for another, until this was called once. It costs nothing where the type is known.
///
/// ```
/// use hecate_om::{CallError, JsonSchema, Mesh};
/// use serde::Deserialize;
///
/// #[derive(Deserialize, JsonSchema)]
/// # #[schemars(crate = "hecate_om::schemars")]
/// #[serde(tag = "state")]
/// enum Job {
///     Waiting,
///     Done { dry_run: bool },
/// }
///
/// # #[allow(dead_code)]
/// async fn job(mesh: &Mesh, id: u64) -> Result<Job, CallError> {
///     hecate_om::describe::<Job>();
///     mesh.procedure("acme/jobs.get").call(&id).await
/// }
/// ```
pub fn describe<T: JsonSchema + ?Sized>() {
    let id = typeid::of::<T>();
    if described(id).is_none() {
        // Serde's JSON, as it is read.
        let schema = || {
            let settings = SchemaSettings::draft2020_12().for_deserialize();
            settings.into_generator().into_root_schema_for::<T>()
        };
        insert(id, catch_unwind(schema).ok());
    }
}

/// Makes a type known that has no schema of its own, by the one that comes with its capability.
pub(crate) fn describe_by<T>(schema: fn() -> Option<Schema>) {
    let id = typeid::of::<T>();
    // A JSON value in a generated client's type may be anything, and be another thing for the next capability.
    if described(id).is_some() || type_name::<T>().contains("serde_json::") {
        return;
    }
    // Where the type has a schema of its own, making this makes that known.
    let schema = catch_unwind(schema).ok().flatten();
    if described(id).is_none() && schema.is_some() {
        insert(id, schema);
    }
}

fn described(id: TypeId) -> Option<&'static Described> {
    let known = KNOWN.read().unwrap_or_else(PoisonError::into_inner);
    known.as_ref()?.get(&id).copied()
}

fn insert(id: TypeId, schema: Option<Schema>) {
    let shape = schema.map(|schema| Shape::compile(schema.as_value()));
    let ambiguity = shape.as_ref().and_then(Shape::ambiguity);
    let mut known = KNOWN.write().unwrap_or_else(PoisonError::into_inner);
    known.get_or_insert_default().entry(id).or_insert_with(|| {
        Box::leak(Box::new(Described {
            shape,
            ambiguity,
            plan: OnceLock::new(),
        }))
    });
}
