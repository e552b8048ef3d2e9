//! Registry of the shapes of types. Each shape is compiled once per process.

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

/// Method of decoding the payloads of a type.
#[derive(Debug, Clone, Copy)]
pub(in super::super) enum Plan {
    /// No schema is known, so serde decodes the payload unchanged.
    Unknown,
    /// Decoded without marks, because serde buffers no value of the type that needs a mark.
    Unmarked,
    /// Marked by the shape, then decoded.
    Marked(&'static Shape),
    /// Refused, because the type is ambiguous.
    Ambiguous(&'static Ambiguity),
}

/// Shapes by type. Entries are never freed, because a program has a fixed number of types.
static KNOWN: RwLock<Option<HashMap<TypeId, &'static Described>>> = RwLock::new(None);

struct Described {
    shape: Option<Shape>,
    ambiguity: Option<Ambiguity>,
    plan: OnceLock<Plan>,
}

thread_local! {
    /// Plans for this thread, so that calls do not share a lock.
    static PLANS: RefCell<HashMap<TypeId, Plan>> = RefCell::default();
}

/// Returns the plan for decoding a payload as a `T`.
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
        // Decoding samples runs the author's code, which may decode other values, so this runs
        // outside of the lock.
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
            (Some(shape), None) if !shape.needs_marking() || buffers_nothing::<T>(shape) => {
                Plan::Unmarked
            }
            (Some(shape), None) => Plan::Marked(shape),
        }
    }
}

/// Registers the JSON Schema of `T`, for every decoder of `T` in this process.
///
/// The wire has no booleans and sends them as 0 and 1. Under `#[serde(flatten)]`, `tag` and
/// `untagged`, only the schema of the type distinguishes them from integers.
///
/// The schemas of the types of handlers, of typed calls and of a test's mocks are registered
/// automatically. Call this function for any other type with such a boolean: a type that is decoded
/// only by [`CallBuilder::call`](crate::call::CallBuilder::call) and the other calls by name,
/// [`Mesh::subscribe`](crate::Mesh::subscribe), a [`Subscription`](crate::fact::Subscription) or
/// [`Content::fetch`](crate::content::Content::fetch). Until the schema is registered, decoding
/// such a boolean is an error; it is never decoded as another variant. Repeated calls have no
/// effect.
///
/// ```
/// use hecate_om::{JsonSchema, Mesh, call::CallError};
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
///     hecate_om::call::register_schema::<Job>();
///     mesh.procedure("acme/jobs.get").call(&id).await
/// }
/// ```
pub fn register_schema<T: JsonSchema + ?Sized>() {
    let id = typeid::of::<T>();
    if described(id).is_none() {
        // The form that serde deserializes from JSON.
        let schema = || {
            let settings = SchemaSettings::draft2020_12().for_deserialize();
            settings.into_generator().into_root_schema_for::<T>()
        };
        insert(id, catch_unwind(schema).ok());
    }
}

/// Registers a type that has no schema of its own, using the schema of its capability.
pub(crate) fn describe_by<T>(schema: fn() -> Option<Schema>) {
    let id = typeid::of::<T>();
    // A JSON value in a generated client's type may be any value, and may differ between
    // capabilities.
    if described(id).is_some() || type_name::<T>().contains("serde_json::") {
        return;
    }
    // If the type has its own schema, generating the schema registers it.
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
