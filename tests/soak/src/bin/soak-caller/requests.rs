//! Unary calls.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use hecate_om::call::CallBuilder;
use hecate_om::content::Content;
use hecate_om::identity::NodeId;
use hecate_om_soak::breaks::Break;
use hecate_om_soak::calls::outcome;
use hecate_om_soak::history::{CallKind, Expected, Failure, Outcome};
use hecate_om_soak::wire::{Act, Answer, Job};

use crate::caller::{Caller, Planned};
use crate::liar;

/// Pause before each item of a long stream, in milliseconds.
const LONG_PAUSE: u64 = 150;

/// Timeout of calls that do not end by themselves: longer than a drain.
const HOLD_TIMEOUT: u64 = 40_000;

/// Facts of a flood: more than a node may queue and handle meanwhile.
const FLOOD_FACTS: u64 = 2_500;

/// The capabilities' limit of a request and of an item.
pub(crate) const MAX_BYTES: u64 = 64 * 1024;

/// Timeout of a fetch.
const FETCH_TIMEOUT: Duration = Duration::from_secs(20);

/// A unary call of a capability that answers with an [`Answer`].
pub(crate) struct Unary {
    name: &'static str,
    version: u64,
    expected: Expected,
    act: Act,
    provider: Option<NodeId>,
    oversized: bool,
    /// The timeout in milliseconds, if it is not the usual one.
    timeout: Option<u64>,
}

impl Unary {
    pub(crate) const fn new(name: &'static str) -> Self {
        Self {
            name,
            version: 1,
            expected: Expected::Answer,
            act: Act::Answer,
            provider: None,
            oversized: false,
            timeout: None,
        }
    }

    /// Calls this provider.
    pub(crate) const fn at(mut self, provider: NodeId) -> Self {
        self.provider = Some(provider);
        self
    }

    /// Calls this version.
    pub(crate) const fn version(mut self, version: u64) -> Self {
        self.version = version;
        self
    }

    const fn expecting(name: &'static str, expected: Expected) -> Self {
        Self {
            expected,
            ..Self::new(name)
        }
    }

    pub(crate) const fn failing(name: &'static str, failure: Failure) -> Self {
        Self {
            act: match failure {
                Failure::Panic => Act::Panic,
                Failure::Refusal | Failure::Oversized => Act::Refuse,
                Failure::Timeout => Act::Hang,
            },
            ..Self::expecting(name, Expected::Failure(failure))
        }
    }
}

impl Caller {
    /// Makes a random call, and waits for its end. Boxed, because the layout of a future has a limit
    /// of depth.
    pub(crate) fn random_call(&self) -> BoxFuture<'_, ()> {
        let unary = match self.random(100) {
            0..30 => Unary::new("soak.add"),
            30..38 => Unary {
                version: 2,
                ..Unary::new("soak.add_v2")
            },
            38..46 => Unary::new("soak.put"),
            46..51 => Unary {
                act: Act::Sleep(self.random(1_500)),
                ..Unary::new("soak.add")
            },
            51..56 => Unary::new("soak.relay"),
            56..60 => Unary::new("soak.members"),
            60..63 => Unary::expecting("soak.members", Expected::Denied),
            63..67 => Unary::new("soak.sealed"),
            67 => Unary::failing("soak.narrow", Failure::Timeout),
            68..70 => Unary::expecting("soak.narrow", Expected::AnswerOrBusy),
            70..73 => Unary::expecting("soak.limited", Expected::AnswerOrBusy),
            73 => Unary::failing("soak.add", Failure::Panic),
            74 => Unary::failing("soak.add", Failure::Refusal),
            75 => Unary::failing("soak.add", Failure::Timeout),
            76 => Unary {
                oversized: true,
                ..Unary::expecting("soak.add", Expected::Denied)
            },
            77 => return self.stall().boxed(),
            78 => return self.invalid().boxed(),
            79..84 => return self.random_stream(CallKind::ServerStreaming, 0).boxed(),
            84..89 => return self.random_stream(CallKind::ClientStreaming, 0).boxed(),
            89..93 => return self.random_stream(CallKind::Bidirectional, 0).boxed(),
            93 => return self.leave().boxed(),
            _ => return self.random_content().boxed(),
        };
        self.unary(unary).boxed()
    }

    /// Makes a random call that takes up to some seconds, and waits for its end.
    pub(crate) fn random_long_call(&self) -> BoxFuture<'_, ()> {
        let act = Act::Sleep(300 + self.random(2_500));
        let long = |name| Unary {
            act,
            ..Unary::new(name)
        };
        match self.random(10) {
            0..4 => self.unary(long("soak.add")).boxed(),
            4 => self.unary(long("soak.relay")).boxed(),
            5 => self
                .unary(Unary {
                    act: Act::Sleep(self.random(1_000)),
                    ..Unary::new("soak.put")
                })
                .boxed(),
            6 | 7 => self
                .random_stream(CallKind::ServerStreaming, LONG_PAUSE)
                .boxed(),
            8 => self
                .random_stream(CallKind::ClientStreaming, LONG_PAUSE)
                .boxed(),
            _ => self
                .random_stream(CallKind::Bidirectional, LONG_PAUSE)
                .boxed(),
        }
    }

    async fn unary(&self, unary: Unary) {
        let org = self.org().to_owned();
        self.unary_at(unary, &org).await;
    }

    pub(crate) async fn unary_at(&self, unary: Unary, org: &str) -> Outcome {
        let denied = unary.expected == Expected::Denied;
        let name = match unary.name {
            "soak.members" if denied && self.broken == Some(Break::OpenAccess) => "soak.add",
            name => name,
        };
        let idempotent = name == "soak.put";
        let timeout = unary.timeout.unwrap_or_else(|| match unary.act {
            Act::Hang => 1_000,
            _ => 10_000 + self.random(10_000),
        });
        let (procedure, timeout) = (format!("{org}/{name}"), Duration::from_millis(timeout));
        let planned = Planned {
            idempotent,
            provider: unary.provider.map(|node| node.to_string()),
            ..Planned::unary(procedure, timeout, unary.expected)
        };
        let call = self.begin(&planned);
        let padding = match self.random(10) {
            _ if unary.oversized => MAX_BYTES + 1,
            0 => self.random(50_000),
            _ => self.random(500),
        };
        let job = Job {
            call: call.clone(),
            number: match name {
                "soak.flood" => FLOOD_FACTS,
                _ => self.random(1_000_000),
            },
            padding: "x".repeat(padding as usize),
            act: unary.act,
            org: self.org().to_owned(),
            pause: 0,
        };
        let outgoing = self.mesh.procedure(&planned.procedure);
        let mut outgoing = outgoing.timeout(planned.timeout);
        if idempotent {
            outgoing = outgoing.idempotent();
        }
        if let Some(node) = unary.provider {
            outgoing = outgoing.provider(node);
        }
        if unary.name == "soak.members" {
            outgoing = self.with_token(outgoing, denied);
        }
        if unary.name == "soak.sealed" {
            outgoing = outgoing.confidential();
        }
        let result = outgoing.call::<_, Answer>(&job).await;
        let outcome = outcome(&result, |answer| answer.mistake(&job, unary.version));
        self.end(call, outcome.clone(), 0, 0);
        outcome
    }

    /// Adds the valid token; for a call that must be denied, an expired one or none.
    fn with_token<'a>(&self, call: CallBuilder<'a>, denied: bool) -> CallBuilder<'a> {
        let token = if denied && self.random(2) == 0 {
            None
        } else {
            self.token(denied)
        };
        match token {
            Some(token) => call.ucan(token),
            None => call,
        }
    }

    /// Makes a call whose payload is not that of the capability.
    async fn invalid(&self) {
        let procedure = format!("{}/soak.add", self.org());
        let planned = Planned::unary(procedure, Duration::from_secs(10), Expected::Denied);
        let call = self.begin(&planned);
        let outgoing = self.mesh.procedure(&planned.procedure);
        let request = [call.as_str(); 3];
        let answer = outgoing.timeout(planned.timeout).call(&request).await;
        let outcome = outcome(&answer, |_: &Answer| None);
        self.end(call, outcome, 0, 0);
    }

    async fn random_content(&self) {
        self.content(self.org(), None).await;
    }

    /// Has bytes shared, and fetches them. Returns how the call for the first ended.
    pub(crate) async fn content(&self, org: &str, provider: Option<NodeId>) -> Outcome {
        let planned = Planned {
            provider: provider.map(|node| node.to_string()),
            ..Planned::unary(format!("{org}/soak.share"), FETCH_TIMEOUT, Expected::Answer)
        };
        let call = self.begin(&planned);
        let job = Job {
            call: call.clone(),
            number: match self.random(3) {
                0 => liar::SIZES[self.random(liar::SIZES.len() as u64) as usize],
                _ => 1 + self.random(600_000),
            },
            ..Job::default()
        };
        let mut outgoing = self.mesh.procedure(&planned.procedure);
        if let Some(node) = provider {
            outgoing = outgoing.provider(node);
        }
        let shared = outgoing.timeout(planned.timeout).call(&job).await;
        let ended = outcome(&shared, |_: &Content| None);
        self.end(call, ended.clone(), 0, 0);
        let Ok(content) = shared else { return ended };
        match content.fetch(&self.mesh).timeout(planned.timeout).await {
            Ok(bytes) => {
                let right = bytes.len() as u64 == job.number
                    && bytes.iter().enumerate().all(|(at, byte)| *byte == at as u8);
                if !right {
                    let text = format!("{} bytes of {}", bytes.len(), job.number);
                    self.wrong_content(job.call, text);
                }
            }
            Err(error) => self.failed_fetch(job.call, error.to_string()),
        }
        ended
    }

    /// Has one provider publish a flood of facts.
    pub(crate) async fn flood(&self, org: &str, provider: &str) {
        let Ok(node) = provider.parse::<NodeId>() else {
            return;
        };
        let unary = Unary {
            provider: Some(node),
            timeout: Some(HOLD_TIMEOUT),
            ..Unary::new("soak.flood")
        };
        self.unary_at(unary, org).await;
    }

    /// Makes `calls` calls at once.
    pub(crate) async fn burst(self: Arc<Self>, calls: u64) {
        let calls = (0..calls).map(|_| {
            let caller = Arc::clone(&self);
            tokio::spawn(async move {
                caller
                    .unary(Unary::expecting("soak.narrow", Expected::AnswerOrBusy))
                    .await;
            })
        });
        for call in calls.collect::<Vec<_>>() {
            // A panic is in the log.
            let _ = call.await;
        }
    }

    /// Has a handler block its thread.
    pub(crate) async fn block(&self, org: &str, act: Act) {
        let unary = Unary {
            act,
            ..Unary::new("soak.add")
        };
        self.unary_at(unary, org).await;
    }

    /// Makes calls of one provider that do not end by themselves.
    pub(crate) async fn hold(self: Arc<Self>, org: String, provider: String) {
        let Ok(node) = provider.parse::<NodeId>() else {
            return;
        };
        let unary = Unary {
            provider: Some(node),
            timeout: Some(HOLD_TIMEOUT),
            ..Unary::failing("soak.add", Failure::Timeout)
        };
        self.unary_at(unary, &org).await;
    }
}
