//! The capabilities `get_limits`, open to every caller, and `set_limits`, for limits
//! administrators. Both are compatible with hecate-om (Erlang).

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::capability::schema::{request_schema, response_schema};
use crate::capability::{
    Access, Capability, HandlerFuture, Invocation, Refusal, Schemas, StateRequirement,
};
use crate::capability::{GuardControl, GuardStatus, LimitsSet, reply};
use crate::codec::{self, Payload};
use crate::config::LimitKey;

/// Returns `get_limits`, and `set_limits` if an `administrator` is configured: the permission that
/// callers of `set_limits` need, as members of the realm.
pub(crate) fn guard_builtins(
    administrator: Option<&'static str>,
) -> impl Iterator<Item = Capability> {
    let get = Capability {
        access: Some(Access::Open),
        doc: "Returns the limits of one procedure, `{procedure}`, or of all, and the calls in the current window.",
        request: Some("LimitsRequest"),
        response: "LimitsAnswer",
        schemas: Schemas {
            request: request_schema::<LimitsRequest<'_>>,
            response: response_schema::<LimitsAnswer<'_>>,
            ..Schemas::NONE
        },
        needs: const { &[StateRequirement::new::<GuardControl>()] },
        ..Capability::new("get_limits", get_limits)
    };
    let set = administrator.map(|permission| Capability {
        access: Some(Access::RealmMember { permission }),
        doc: "Sets limits of a procedure, `{procedure, limits}`, within the allowed ranges of the deployment, until \
              the service stops.",
        request: Some("LimitsChange"),
        response: "LimitsSet",
        schemas: Schemas {
            request: request_schema::<LimitsChange<'_>>,
            response: response_schema::<LimitsSet<'_>>,
            ..Schemas::NONE
        },
        needs: const { &[StateRequirement::new::<GuardControl>()] },
        ..Capability::new("set_limits", set_limits)
    });
    std::iter::once(get).chain(set)
}

/// Request of `get_limits`: one procedure, or all procedures if the request is not a map.
#[derive(JsonSchema)]
struct LimitsRequest<'a> {
    /// `<org>/<name>`; all procedures if omitted.
    #[schemars(with = "String", default, transform = without_default)]
    procedure: Option<&'a str>,
}

/// Removes the default: a missing procedure differs from null, which is not the name of a
/// procedure.
fn without_default(schema: &mut Schema) {
    schema.remove("default");
}

impl<'a> LimitsRequest<'a> {
    /// Reads any payload. A payload that is not a map requests all procedures, because callers
    /// without arguments may send anything (rule of hecate-om (Erlang)).
    fn read(payload: &'a Value) -> Result<Self, Refusal> {
        let procedure = payload.as_object().and_then(|map| map.get("procedure"));
        Ok(Self {
            procedure: procedure.map(procedure_named).transpose()?,
        })
    }
}

/// Response of `get_limits`: the limits of one procedure, or of all.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
enum LimitsAnswer<'a> {
    One(GuardStatus<'a>),
    All {
        procedures: BTreeMap<&'a str, GuardStatus<'a>>,
    },
}

fn get_limits(mut invocation: Invocation) -> HandlerFuture {
    HandlerFuture::new(async move {
        let payload = take_payload(&mut invocation)?;
        let control = invocation.state::<GuardControl>()?;
        reply(match LimitsRequest::read(&payload)?.procedure {
            Some(procedure) => control.status(procedure).map(LimitsAnswer::One),
            None => Ok(LimitsAnswer::All {
                procedures: control.statuses(),
            }),
        })
    })
}

/// Request of `set_limits`.
#[derive(JsonSchema)]
struct LimitsChange<'a> {
    /// `<org>/<name>`.
    procedure: &'a str,
    /// The limits to set; all others stay unchanged.
    #[schemars(schema_with = "some_limits")]
    limits: Vec<(LimitKey, u64)>,
}

fn some_limits(generator: &mut SchemaGenerator) -> Schema {
    LimitKey::map_schema(&generator.subschema_for::<std::num::NonZeroU64>(), false)
}

impl<'a> LimitsChange<'a> {
    /// Reads `{procedure, limits}`. The errors have the names of hecate-om (Erlang).
    fn read(payload: &'a Value) -> Result<Self, Refusal> {
        let payload = payload.as_object().ok_or_else(|| {
            Refusal::new(
                "bad_payload",
                "the payload is not a map; send `procedure` and `limits`",
            )
        })?;
        let procedure = procedure_named(payload.get("procedure").unwrap_or(&Value::Null))?;
        let limits = payload.get("limits").and_then(Value::as_object);
        let limits = limits.ok_or_else(|| {
            Refusal::new("bad_limits", "`limits` is not a map of limits to numbers")
        })?;
        let limits = read_limits(limits)?;
        Ok(Self { procedure, limits })
    }
}

fn set_limits(mut invocation: Invocation) -> HandlerFuture {
    HandlerFuture::new(async move {
        let payload = take_payload(&mut invocation)?;
        let control = invocation.state::<GuardControl>()?;
        let LimitsChange { procedure, limits } = LimitsChange::read(&payload)?;
        reply(control.set(procedure, &limits, invocation.call().caller()))
    })
}

/// Decodes the payload, whatever its shape.
fn take_payload(invocation: &mut Invocation) -> Result<Value, Refusal> {
    let payload: Payload = std::mem::take(&mut invocation.payload);
    codec::decode(payload).map_err(|error| Refusal::new("bad_payload", error.to_string()))
}

fn procedure_named(value: &Value) -> Result<&str, Refusal> {
    value.as_str().ok_or_else(|| {
        Refusal::new(
            "bad_procedure",
            "`procedure` is not text; write `<org>/<name>`",
        )
    })
}

fn read_limits(limits: &Map<String, Value>) -> Result<Vec<(LimitKey, u64)>, Refusal> {
    if limits.contains_key("envelope") {
        return Err(Refusal::new(
            "envelope_operator_only",
            "`envelope` cannot be set by a call; the deployment configures it",
        ));
    }
    let read = |(name, value): (&String, &Value)| {
        let key = LimitKey::from_name(name).ok_or_else(|| {
            let names: Vec<&str> = LimitKey::ALL.into_iter().map(LimitKey::name).collect();
            // The names come first: a caller may send a long name, and the wire truncates a
            // refusal.
            let text = format!("the limits are {}, not `{name}`", names.join(", "));
            Refusal::new("unknown_key", text)
        })?;
        match value.as_u64().filter(|n| *n > 0) {
            Some(number) => Ok((key, number)),
            None => Err(Refusal::new(
                "not_a_positive_integer",
                format!("{key} is {value}, not a positive integer"),
            )),
        }
    };
    limits.iter().map(read).collect()
}

#[cfg(test)]
mod tests;
