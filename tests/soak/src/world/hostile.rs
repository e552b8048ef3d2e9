//! A client that sends what no client sends, and stops at every step of a link.

use std::sync::Arc;
use std::time::{Duration, Instant};

use hecate_om_test_support::{Error, RawLink, write_frame};
use macula_rust::cbor;
use macula_rust::frame::liveness_ping_frame;
use macula_rust::node_key::{NodeKey, PUZZLE_DIFFICULTY};
use macula_rust::transport::{Target, dial_target};

use crate::plan::Random;

/// Time in which a station closes the link of a malformed frame. Half a frame closes none.
const CLOSE_LIMIT: Duration = Duration::from_millis(500);

/// Depth of a frame of nested arrays.
const DEPTH: usize = 100_000;

/// Attacks a station until `end`. All links stay open until then, if the station lets them.
pub(super) async fn attack(target: Target, mut random: Random, end: Instant) {
    let Ok(key) = NodeKey::generate_identity(target.profile, PUZZLE_DIFFICULTY) else {
        return;
    };
    let key = Arc::new(key);
    let mut open = Vec::new();
    while Instant::now() < end {
        let attempt = attempt(&target, &key, &mut random);
        // A station may refuse any step.
        if let Ok(Ok(connection)) = tokio::time::timeout(CLOSE_LIMIT * 4, attempt).await {
            open.push(connection);
        }
    }
}

/// Makes one connection, and sends bytes that are no frame at one of its steps.
async fn attempt(
    target: &Target,
    key: &Arc<NodeKey>,
    random: &mut Random,
) -> Result<quinn::Connection, Error> {
    let bytes = malformed(random)?;
    match random.below(4) {
        0 => Ok(dial_target(target).await?.connection),
        1 => {
            let connection = dial_target(target).await?.connection;
            let (mut handshake, _) = connection.open_bi().await?;
            handshake.write_all(&bytes).await?;
            Ok(connection)
        }
        2 => {
            let mut link = RawLink::new(target, Arc::clone(key)).await?;
            link.send.write_all(&bytes).await?;
            let connection = link.dialed.connection.clone();
            // Half a frame closes no link.
            let _ = tokio::time::timeout(CLOSE_LIMIT, connection.closed()).await;
            Ok(connection)
        }
        _ => {
            let link = RawLink::new(target, Arc::clone(key)).await?;
            let connection = link.dialed.connection.clone();
            let (mut stream, _) = connection.open_bi().await?;
            stream.write_all(&bytes).await?;
            let (mut empty, _) = connection.open_bi().await?;
            write_frame(&mut empty, &[]).await?;
            Ok(connection)
        }
    }
}

/// Returns bytes that are no frame, or only half of one.
fn malformed(random: &mut Random) -> Result<Vec<u8>, Error> {
    let mut ping = cbor::encode(&liveness_ping_frame(&[5; 16]))?;
    let frame = match random.below(5) {
        0 => {
            let length = random.between(1, 4_000);
            (0..length).map(|_| random.below(256) as u8).collect()
        }
        1 => {
            let position = random.below(ping.len() as u64) as usize;
            ping[position] ^= 1 << random.below(8);
            ping
        }
        // An array of one array, and so on.
        2 => vec![0x81; DEPTH],
        3 => return Ok([&u32::MAX.to_be_bytes(), ping.as_slice()].concat()),
        _ => {
            let length = ping.len();
            ping.truncate(length / 2);
            return Ok([&(length as u32).to_be_bytes(), ping.as_slice()].concat());
        }
    };
    Ok([&(frame.len() as u32).to_be_bytes(), frame.as_slice()].concat())
}
