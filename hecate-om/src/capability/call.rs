//! Context of a call, for handlers.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio_util::sync::CancellationToken;

use super::{Claims, NodeId};

/// Context of the call that a handler runs for. A handler borrows the context as `&Call`.
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
    /// Set when the call is dispatched; a call that is not dispatched is never cancelled.
    pub(crate) cancellation: Option<CancellationToken>,
}

impl Call {
    /// Creates a call without claims.
    pub(crate) fn new(caller: NodeId, procedure: String, deadline_ms: u64, sealed: bool) -> Self {
        Self {
            caller,
            procedure,
            deadline_ms,
            sealed,
            claims: None,
            cancellation: None,
        }
    }

    /// Creates an unsealed call that times out after `timeout`.
    #[cfg(test)]
    pub(crate) fn for_tests(timeout: Duration) -> Self {
        let since = (SystemTime::now() + timeout).duration_since(UNIX_EPOCH);
        let deadline_ms = since.ok().and_then(|s| u64::try_from(s.as_millis()).ok());
        Self::new(
            NodeId::from_bytes([7; 32]),
            "org/test.run".into(),
            deadline_ms.expect("the time since 1970 in milliseconds fits"),
            false,
        )
    }

    /// Returns the caller: the verified id of the key that signed the request.
    #[must_use]
    pub const fn caller(&self) -> NodeId {
        self.caller
    }

    /// Returns the called procedure, `<org>/<name>`.
    #[must_use]
    pub fn procedure(&self) -> &str {
        &self.procedure
    }

    /// Returns the caller's deadline. Calls that the handler makes inherit this deadline.
    #[must_use]
    pub fn deadline(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_millis(self.deadline_ms)
    }

    /// Returns the time until [`Call::deadline`]; zero if the deadline has passed.
    #[must_use]
    pub fn remaining(&self) -> Duration {
        self.deadline()
            .duration_since(SystemTime::now())
            .unwrap_or_default()
    }

    /// Returns whether the request was sealed end to end. If so, the response is also sealed.
    #[must_use]
    pub const fn sealed(&self) -> bool {
        self.sealed
    }

    /// Returns the verified claims of the caller's token, if `access` requires a token; `None` for
    /// an open capability, which ignores tokens.
    ///
    /// ```
    /// use hecate_om::{Call, Refusal, identity::Realm};
    ///
    /// # #[allow(dead_code)]
    /// /// Removes a document of the service's own org. The grant must cover this procedure.
    /// async fn remove(call: &Call, id: String) -> Result<(), Refusal> {
    ///     match call.claims() {
    ///         Some(claims) if claims.allows("corpora/write") => Ok(()),
    ///         _ => Err(Refusal::new("not_yours", "only a writer may remove a document")),
    ///     }
    /// }
    ///
    /// # #[allow(dead_code)]
    /// /// Removes a document of another org. The grant must cover that org.
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

    /// Waits until the call is cancelled: its deadline or the capability's timeout has passed, its
    /// handler has panicked, or the service is stopping.
    ///
    /// The handler's future is then dropped, but tasks that the handler spawned are not. Such tasks
    /// can wait for this method. It never returns if the call was answered.
    ///
    /// ```
    /// use hecate_om::{Call, Refusal};
    ///
    /// # #[allow(dead_code)]
    /// async fn index(call: &Call, path: String) -> Result<u64, Refusal> {
    ///     let cancelled = call.clone();
    ///     let work = tokio::spawn(async move {
    ///         tokio::select! {
    ///             words = count(path) => Some(words),
    ///             () = cancelled.cancelled() => None,
    ///         }
    ///     });
    ///     let words = work.await.ok().flatten();
    ///     words.ok_or_else(|| Refusal::new("not_counted", "the file could not be counted"))
    /// }
    /// # async fn count(_: String) -> u64 { 0 }
    /// ```
    pub async fn cancelled(&self) {
        match &self.cancellation {
            Some(cancellation) => cancellation.cancelled().await,
            None => std::future::pending().await,
        }
    }

    /// Returns whether the call is cancelled, without waiting; see [`Call::cancelled`].
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        let cancellation = self.cancellation.as_ref();
        cancellation.is_some_and(CancellationToken::is_cancelled)
    }
}
