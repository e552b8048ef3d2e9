//! Liveness probes of a client.

use macula_rust::frame::LIVENESS_NONCE_SIZE;

use super::CloseReason;

/// Nonce of a liveness probe, repeated in the answer.
pub(crate) type Nonce = [u8; LIVENESS_NONCE_SIZE];

/// The latest liveness probe of a client.
#[derive(Debug, Default)]
pub(super) struct Probe {
    /// The nonce of the unanswered probe, if any.
    nonce: Option<Nonce>,
    misses: u8,
    sent_at_ms: i64,
}

impl Probe {
    /// Starts a probe with `nonce` if the last one is at least `interval_ms` old. Returns whether
    /// to send the probe.
    pub(super) fn start(
        &mut self,
        nonce: Nonce,
        now_ms: i64,
        interval_ms: i64,
    ) -> Result<bool, CloseReason> {
        if (0..interval_ms).contains(&(now_ms - self.sent_at_ms)) {
            return Ok(false);
        }
        self.misses = match self.nonce {
            Some(_) => self.misses + 1,
            None => 0,
        };
        if self.misses >= 2 {
            return Err(CloseReason::LivenessLost);
        }
        self.nonce = Some(nonce);
        self.sent_at_ms = now_ms;
        Ok(true)
    }

    pub(super) fn record_answer(&mut self, nonce: Nonce) {
        if self.nonce == Some(nonce) {
            self.nonce = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INTERVAL: i64 = 30;

    #[test]
    fn a_client_that_answers_is_probed_at_each_interval_and_no_sooner() {
        let mut probe = Probe::default();
        for n in 1..=5u8 {
            let now = i64::from(n) * INTERVAL;
            assert_eq!(probe.start([n; 16], now, INTERVAL), Ok(true));
            assert_eq!(
                probe.start([n; 16], now + INTERVAL - 1, INTERVAL),
                Ok(false)
            );
            probe.record_answer([n; 16]);
        }
    }

    #[test]
    fn two_unanswered_probes_close_the_link_whatever_else_is_answered() {
        let mut probe = Probe::default();
        assert_eq!(probe.start([1; 16], INTERVAL, INTERVAL), Ok(true));
        probe.record_answer([9; 16]);
        assert_eq!(probe.start([2; 16], 2 * INTERVAL, INTERVAL), Ok(true));
        // This answer is too late: only the answer to the second probe counts.
        probe.record_answer([1; 16]);
        let third = probe.start([3; 16], 3 * INTERVAL, INTERVAL);
        assert_eq!(third, Err(CloseReason::LivenessLost));
    }

    #[test]
    fn the_next_answer_clears_a_missed_probe() {
        let mut probe = Probe::default();
        for n in 1..=6u8 {
            let now = i64::from(n) * INTERVAL;
            assert_eq!(probe.start([n; 16], now, INTERVAL), Ok(true), "{n}");
            if n % 2 == 0 {
                probe.record_answer([n; 16]);
            }
        }
    }
}
