//! What a handler may know of the call it answers.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio_util::sync::CancellationToken;

use super::{Claims, NodeId};

/// The call being answered, which a handler borrows as `&Call`.
///
/// ```
/// use hecate_om::Call;
///
/// # #[allow(dead_code)]
/// async fn whoami(call: &Call) -> String {
///     call.caller().to_string()
/// }
/// ```
#[derive(Debug, Clone)]
pub struct Call {
    pub(crate) caller: NodeId,
    pub(crate) procedure: String,
    pub(crate) deadline_ms: u64,
    pub(crate) sealed: bool,
    pub(crate) claims: Option<Arc<Claims>>,
    pub(crate) given_up: CancellationToken,
}

impl Call {
    /// A call without a token.
    pub(crate) fn new(caller: NodeId, procedure: String, deadline_ms: u64, sealed: bool) -> Self {
        Self {
            caller,
            procedure,
            deadline_ms,
            sealed,
            claims: None,
            given_up: CancellationToken::new(),
        }
    }

    /// A call of somebody's that ends after `time`, in the clear.
    #[cfg(test)]
    pub(crate) fn for_tests(time: Duration) -> Self {
        let since = (SystemTime::now() + time).duration_since(UNIX_EPOCH);
        let deadline_ms = since.ok().and_then(|s| u64::try_from(s.as_millis()).ok());
        Self::new(
            NodeId::from_bytes([7; 32]),
            "org/test.run".into(),
            deadline_ms.expect("the time since 1970 in milliseconds fits"),
            false,
        )
    }

    /// The node that calls: the id of the key that signed the request, verified.
    #[must_use]
    pub const fn caller(&self) -> NodeId {
        self.caller
    }

    /// The procedure that was called, `<org>/<name>`.
    #[must_use]
    pub fn procedure(&self) -> &str {
        &self.procedure
    }

    /// When the caller stops waiting. Calls made while answering this one end by then, too.
    #[must_use]
    pub fn deadline(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_millis(self.deadline_ms)
    }

    /// How long until [`Call::deadline`]; zero once it has passed.
    #[must_use]
    pub fn remaining(&self) -> Duration {
        self.deadline()
            .duration_since(SystemTime::now())
            .unwrap_or_default()
    }

    /// Whether the request came sealed end to end; the answer then goes back sealed.
    #[must_use]
    pub const fn sealed(&self) -> bool {
        self.sealed
    }

    /// What the caller's token says, where `access` requires one: verified before the handler runs. `None` for an
    /// open capability, which looks at no token.
    ///
    /// ```
    /// use hecate_om::{Call, Refusal, identity::Realm};
    ///
    /// # #[allow(dead_code)]
    /// /// Removes a document of the service's own org: the grant must be for this procedure, its org or its realm.
    /// async fn remove(call: &Call, id: String) -> Result<(), Refusal> {
    ///     match call.claims() {
    ///         Some(claims) if claims.allows("corpora/write") => Ok(()),
    ///         _ => Err(Refusal::new("not_yours", "only a writer may remove a document")),
    ///     }
    /// }
    ///
    /// # #[allow(dead_code)]
    /// /// Removes a document kept for another org: the grant must be for that org.
    /// async fn remove_for(call: &Call, realm: &Realm, org: String) -> Result<(), Refusal> {
    ///     let resource = format!("mri:org:{}/{org}", realm.name());
    ///     match call.claims() {
    ///         Some(claims) if claims.allows_on("corpora/write", &resource) => Ok(()),
    ///         _ => Err(Refusal::new("not_yours", "only a writer of the org may remove a document")),
    ///     }
    /// }
    /// ```
    #[must_use]
    pub fn claims(&self) -> Option<&Claims> {
        self.claims.as_deref()
    }

    /// Returns once the call is given up: its deadline or the capability's timeout has passed, its handler has
    /// panicked, or the service ends. The handler itself is dropped then; this is for the work that it spawned, which
    /// is not. It never returns for a call that was answered.
    ///
    /// ```
    /// use hecate_om::{Call, Refusal};
    ///
    /// # #[allow(dead_code)]
    /// async fn index(call: &Call, path: String) -> Result<u64, Refusal> {
    ///     let given_up = call.clone();
    ///     let work = tokio::spawn(async move {
    ///         tokio::select! {
    ///             words = count(path) => Some(words),
    ///             () = given_up.cancelled() => None,
    ///         }
    ///     });
    ///     let words = work.await.ok().flatten();
    ///     words.ok_or_else(|| Refusal::new("not_counted", "the file could not be counted"))
    /// }
    /// # async fn count(_: String) -> u64 { 0 }
    /// ```
    pub async fn cancelled(&self) {
        self.given_up.cancelled().await;
    }

    /// Whether the call was given up: what [`Call::cancelled`] waits for, for work that does not wait.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.given_up.is_cancelled()
    }
}
