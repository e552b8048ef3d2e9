//! How a call is made, or a stream opened: whom it goes to, what it presents, and when it is made again.

use std::future::Future;
use std::time::Duration;

use macula_rust::pool::{Pool, PoolError};
use macula_rust::station_link::Confidentiality;
use tokio::time::Instant;

use super::call_error::GONE;
use super::options::Options;
use super::presented::Presenting;
use super::tries::{self, Tries};
use super::{CallError, Mesh, Up};

/// How long after a call that found no link is made again.
const RELINK: Duration = Duration::from_millis(100);
/// How often a call that reached nobody is made again, and how long after.
const AGAIN: [Duration; 3] = [
    Duration::from_millis(20),
    Duration::from_millis(100),
    Duration::from_millis(400),
];

/// Whoever serves the procedure, in macula's words.
pub(super) const ANY: [u8; 32] = [0; 32];

/// One try: where it goes, and what it carries beside the payload.
#[derive(Debug)]
pub(super) struct Attempt {
    pub(super) realm: [u8; 32],
    pub(super) procedure: String,
    /// [`ANY`], or the node that it is for.
    pub(super) provider: [u8; 32],
    pub(super) token: Option<Vec<u8>>,
    pub(super) proofs: Vec<Vec<u8>>,
    pub(super) confidential: Confidentiality,
    /// How long the try may take.
    pub(super) timeout: Duration,
}

/// What is sent, as often as it takes: a call, or the opening of a stream.
pub(super) trait Exchange: Sync {
    type Answer: Send;

    /// Makes one try.
    fn attempt(
        &self,
        pool: &Pool,
        attempt: Attempt,
    ) -> impl Future<Output = Result<Self::Answer, PoolError>> + Send;
}

/// Makes an exchange: at most once, but where nothing of it was run, and where the options say that it may be.
pub(super) async fn make<E: Exchange>(
    mesh: &Mesh,
    procedure: &str,
    options: &Options,
    exchange: &E,
) -> Result<E::Answer, CallError> {
    if !is_procedure(procedure) {
        return Err(CallError::BadProcedure(procedure.to_owned()));
    }
    let (patience, deadline) = options.deadline();
    let left = || deadline.saturating_duration_since(Instant::now());
    let mut presenting = Presenting::new(mesh, procedure, &options.present);
    let mut again = AGAIN.into_iter();
    let mut tries = Tries::new(options.idempotent);
    loop {
        let up = match mesh.up(left()).await {
            Ok(up) => up,
            Err(error) => return Err(tries.end(error)),
        };
        let mut attempt = Attempt {
            realm: up.realm.id,
            procedure: procedure.to_owned(),
            provider: options.provider.map_or(ANY, |id| *id.as_bytes()),
            token: None,
            proofs: Vec::new(),
            confidential: options.confidentiality,
            timeout: Duration::ZERO,
        };
        if let Err(error) = presenting.put(&mut attempt, deadline).await {
            return Err(tries.end(error));
        }
        if left().is_zero() {
            return Err(tries.end(CallError::NotConnected("no time was left to send it")));
        }
        let (error, pause) = match once(&up, exchange, attempt, &mut tries, left()).await {
            Ok(answer) => return Ok(answer),
            Err(error) if presenting.is_asked(&error) => continue,
            // The links are being made anew, and nothing was sent: it is waited for, as for the first of them.
            Err(error @ PoolError::NoLink(_)) => {
                (CallError::of(error, procedure, patience), Some(RELINK))
            }
            Err(error) => {
                let error = CallError::of(error, procedure, patience);
                let pause = match &error {
                    CallError::Wire { code, .. } if code == GONE => again.next(),
                    error => tries.again(error).then_some(tries::PAUSE),
                };
                (error, pause)
            }
        };
        match pause {
            Some(pause) if pause < left() => {
                tracing::debug!(procedure, "called again: {error}");
                tokio::time::sleep(super::jittered(pause)).await;
            }
            _ => return Err(tries.end(error)),
        }
    }
}

/// One try, within its share of what is left.
async fn once<E: Exchange>(
    up: &Up,
    exchange: &E,
    mut attempt: Attempt,
    tries: &mut Tries,
    left: Duration,
) -> Result<E::Answer, PoolError> {
    let share = tries.share(left);
    let until = Instant::now() + share;
    if attempt.provider == ANY && tries.made() > 0 {
        attempt.provider = another(up, &attempt.procedure, tries.made(), share).await;
    }
    let left = until.saturating_duration_since(Instant::now());
    attempt.timeout = left.max(Duration::from_millis(1));
    exchange.attempt(&up.pool, attempt).await
}

/// Whom a later try goes to: the providers in turn, the freshest first, where macula's own choice began.
async fn another(up: &Up, procedure: &str, made: u32, share: Duration) -> [u8; 32] {
    let providers = up.pool.providers(&up.realm.id, procedure);
    match tokio::time::timeout(share / 2, providers).await {
        Ok(Ok(providers)) if !providers.is_empty() => {
            providers[made as usize % providers.len()].node
        }
        // Nothing is known of others; the call itself says why.
        _ => ANY,
    }
}

/// `<org>/<name>` with something in both; what the names may be is the provider's side to check.
fn is_procedure(procedure: &str) -> bool {
    procedure.len() <= 512
        && procedure
            .split_once('/')
            .is_some_and(|(org, name)| !org.is_empty() && org != "_" && !name.is_empty())
}
