//! Calls by a capability's type.

use std::collections::BTreeMap;
use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;

use hecate_om_manifest::procedure;
use macula_rust::station_link::Confidentiality;

use super::builder;
use super::mismatch::Built;
use super::options::{Options, option_methods};
use super::presented::Present;
use crate::capability::{Callable, kind};
use crate::capability::{ReadPayload, SentPayload};
use crate::codec::{self, Payload};
use crate::mesh::{CallError, Mesh};

impl Mesh {
    /// A call of the capability `T`: `mesh.call::<search_chunks>(&request).await?`.
    ///
    /// It goes to the org that serves `T`: the one that [`TypedCall::org`] says, else that which `T` was made for
    /// (`hecate-om client` writes it; `[package.metadata.hecate-om.calls]` names it for a crate of the workspace), else
    /// the service's own. Whether a token is presented at once, whether it must be sealed and whether it may be made
    /// again is what the capability's attribute says.
    ///
    /// ```
    /// use hecate_om::{JsonSchema, Mesh, Refusal, capability};
    /// use serde::{Deserialize, Serialize};
    ///
    /// #[derive(Serialize, Deserialize, JsonSchema)]
    /// # #[schemars(crate = "hecate_om::schemars")]
    /// struct Words {
    ///     text: String,
    /// }
    ///
    /// #[capability("words.count", idempotent)]
    /// async fn count(words: Words) -> u64 {
    ///     words.text.split_whitespace().count() as u64
    /// }
    ///
    /// #[capability("words.describe")]
    /// async fn describe(mesh: &Mesh, words: Words) -> Result<String, Refusal> {
    ///     let count = mesh.call::<count>(&words).await?;
    ///     Ok(format!("{count} words"))
    /// }
    /// ```
    pub fn call<T>(&self, request: &T::Request) -> TypedCall<'_, T>
    where
        T: Callable<Kind: kind::AnswersOnce>,
        T::Request: SentPayload,
        T::Response: ReadPayload,
    {
        codec::describe_by::<T::Response>(T::SCHEMAS.response);
        TypedCall {
            mesh: self,
            org: None,
            options: Options::of::<T>(),
            request: builder::encode(request),
            read: builder::decode,
        }
    }

    /// The procedure of the capability `T`: in `org`, or where that says nothing, in the one that serves it.
    pub(in crate::mesh) fn procedure_of<T: Callable>(
        &self,
        org: Option<&str>,
    ) -> Result<String, CallError> {
        let org = org.or(T::ORG).or_else(|| self.orgs.of(T::PACKAGE));
        match org {
            Some(org) => Ok(procedure(org, T::NAME, T::VERSION)),
            None => Err(CallError::NoOrg {
                capability: T::NAME,
            }),
        }
    }
}

/// Which org a capability is called in, where neither the call nor the capability says.
#[derive(Debug, Default)]
pub(crate) struct Orgs {
    /// The service's own; a tool has none.
    own: Option<String>,
    /// Those of the packages whose capabilities are linked in to be called.
    called: BTreeMap<String, String>,
}

impl Orgs {
    pub(crate) const fn new(own: String, called: BTreeMap<String, String>) -> Self {
        Self {
            own: Some(own),
            called,
        }
    }

    fn of(&self, package: &str) -> Option<&str> {
        let org = self.called.get(package).or(self.own.as_ref())?;
        Some(org)
    }
}

impl Options {
    /// What the capability itself says of its calls.
    pub(in crate::mesh) const fn of<T: Callable>() -> Self {
        Self {
            present: if T::GATED {
                Present::AtOnce
            } else {
                Present::WhenAsked
            },
            confidentiality: if T::CONFIDENTIAL {
                Confidentiality::Required
            } else {
                Confidentiality::Preferred
            },
            idempotent: T::IDEMPOTENT,
            ..Self::DEFAULT
        }
    }
}

/// A call of the capability `T`, made once it is awaited; see [`Mesh::call`].
///
/// The request is encoded already, so nothing of it is borrowed. It is run at most once: it is made again only where
/// it certainly reached nobody or nothing of it was run, and where the capability is idempotent, or
/// [`TypedCall::idempotent`] says so.
///
/// # Errors
///
/// [`CallError`] says what happened and whether anything was sent, a request that does not fit the wire included.
#[must_use = "nothing is called before it is awaited"]
pub struct TypedCall<'a, T: Callable> {
    mesh: &'a Mesh,
    org: Option<String>,
    options: Options,
    request: Result<Payload, CallError>,
    /// Chosen where the call is begun, so that a type which cannot be read is one error, there.
    read: fn(Payload) -> Result<T::Response, CallError>,
}

impl<T: Callable> TypedCall<'_, T> {
    /// Calls the capability as this org serves it.
    pub fn org(mut self, org: impl Into<String>) -> Self {
        self.org = Some(org.into());
        self
    }

    option_methods!();
}

impl<'a, T: Callable> IntoFuture for TypedCall<'a, T> {
    type Output = Result<T::Response, CallError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send + 'a>>;

    fn into_future(self) -> Self::IntoFuture {
        let Self {
            mesh,
            org,
            options,
            request,
            read,
        } = self;
        Box::pin(async move {
            let procedure = mesh.procedure_of::<T>(org.as_deref())?;
            let built = Built::of::<T>();
            builder::call(mesh, &procedure, &options, request, Some(built), read).await
        })
    }
}

impl<T: Callable> fmt::Debug for TypedCall<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TypedCall")
            .field("capability", &T::NAME)
            .field("version", &T::VERSION)
            .field("org", &self.org)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
