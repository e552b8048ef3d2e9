//! A faulty network between a node and its station: a UDP proxy that delays, duplicates and drops
//! datagrams.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::net::UdpSocket;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

/// Network path between a node and its station, with faults on demand. A fault lasts until it is
/// changed or [healed](NetworkPath::heal). Several faults can be active at once.
///
/// Each node of a [`TestMesh`](super::TestMesh) has a path; [`NetworkPath::to`] creates another
/// path. QUIC retransmits lost datagrams, so their data arrives after the fault is over.
///
/// ```
/// # use std::time::Duration;
/// # async fn example(path: &hecate_om::testing::NetworkPath) {
/// path.lose(0.2);                          // of all datagrams, at random
/// path.delay(Duration::from_millis(50));   // and what arrives, arrives late
/// // …
/// path.heal();
/// # }
/// ```
#[derive(Debug)]
pub struct NetworkPath {
    addr: SocketAddr,
    faults: Arc<Mutex<Faults>>,
    /// Dropping the tasks closes the path.
    _tasks: JoinSet<()>,
}

/// Active faults of a path.
#[derive(Debug, Clone, Copy, Default)]
struct Faults {
    lost_to_station: Fraction,
    lost_from_station: Fraction,
    delay: Duration,
    duplicated: Fraction,
}

/// Fraction of the datagrams, from 0 to 1.
#[derive(Debug, Clone, Copy, Default)]
struct Fraction(f64);

impl Fraction {
    fn new(fraction: f64) -> Self {
        assert!(
            (0.0..=1.0).contains(&fraction),
            "{fraction} is not a fraction of the datagrams; use 0.0 (none) to 1.0 (all)"
        );
        Self(fraction)
    }

    fn sample(self) -> bool {
        rand::random_bool(self.0)
    }
}

impl NetworkPath {
    /// Opens a path to `station` on a free loopback port, without faults. The path exists until it
    /// is dropped.
    ///
    /// # Errors
    ///
    /// If no socket can be bound.
    pub async fn to(station: SocketAddr) -> io::Result<Self> {
        let front = Arc::new(UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await?);
        let faults = Arc::<Mutex<Faults>>::default();
        let addr = front.local_addr()?;
        let mut tasks = JoinSet::new();
        tasks.spawn(forward_requests(front, station, Arc::clone(&faults)));
        Ok(Self {
            addr,
            faults,
            _tasks: tasks,
        })
    }

    /// Returns the address that nodes connect to instead of the station's address.
    #[must_use]
    pub const fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Drops this fraction of the datagrams in both directions, at random: `0.2` drops a fifth of
    /// them.
    ///
    /// # Panics
    ///
    /// If `fraction` is not between 0 and 1. This also applies to the methods below.
    pub fn lose(&self, fraction: f64) {
        self.lose_to_station(fraction);
        self.lose_from_station(fraction);
    }

    /// Drops this fraction of the datagrams that the node sends. With `1.0`, requests do not
    /// arrive.
    pub fn lose_to_station(&self, fraction: f64) {
        let lost = Fraction::new(fraction);
        lock(&self.faults).lost_to_station = lost;
    }

    /// Drops this fraction of the datagrams that the node receives. With `1.0`, requests are
    /// handled, but the answers do not arrive.
    pub fn lose_from_station(&self, fraction: f64) {
        let lost = Fraction::new(fraction);
        lock(&self.faults).lost_from_station = lost;
    }

    /// Delays each datagram in both directions, without reordering them.
    pub fn delay(&self, by: Duration) {
        lock(&self.faults).delay = by;
    }

    /// Duplicates this fraction of the datagrams in both directions.
    pub fn duplicate(&self, fraction: f64) {
        let duplicated = Fraction::new(fraction);
        lock(&self.faults).duplicated = duplicated;
    }

    /// Drops every datagram.
    pub fn cut(&self) {
        self.lose(1.0);
    }

    /// Removes all faults.
    pub fn heal(&self) {
        *lock(&self.faults) = Faults::default();
    }
}

fn lock(faults: &Mutex<Faults>) -> MutexGuard<'_, Faults> {
    faults.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Queue of the datagrams of one client in one direction, each with the time at which to forward
/// it.
struct Queue(UnboundedSender<(Instant, Vec<u8>)>);

impl Queue {
    fn push(&self, faults: &Faults, lost: Fraction, datagram: &[u8]) {
        if lost.sample() {
            return;
        }
        let at = Instant::now() + faults.delay;
        let copies = if faults.duplicated.sample() { 2 } else { 1 };
        for _ in 0..copies {
            // The receiver ends with the path.
            let _ = self.0.send((at, datagram.to_vec()));
        }
    }
}

/// Forwards the datagrams of all clients to the station, with one socket for each client.
async fn forward_requests(front: Arc<UdpSocket>, station: SocketAddr, faults: Arc<Mutex<Faults>>) {
    let mut queues: HashMap<SocketAddr, Queue> = HashMap::new();
    let mut tasks = JoinSet::new();
    let mut datagram = vec![0; usize::from(u16::MAX)];
    loop {
        let Ok((length, client)) = front.recv_from(&mut datagram).await else {
            continue;
        };
        let queue = match queues.entry(client) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => {
                let Ok(back) = dial(station).await else {
                    continue;
                };
                let back = Arc::new(back);
                let (sender, queued) = unbounded_channel();
                tasks.spawn(send(Arc::clone(&back), None, queued));
                let (front, faults) = (Arc::clone(&front), Arc::clone(&faults));
                tasks.spawn(forward_replies(front, client, back, faults));
                entry.insert(Queue(sender))
            }
        };
        let faults_now = *lock(&faults);
        queue.push(&faults_now, faults_now.lost_to_station, &datagram[..length]);
    }
}

async fn dial(station: SocketAddr) -> io::Result<UdpSocket> {
    let back = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    back.connect(station).await?;
    Ok(back)
}

/// Forwards the station's datagrams to one client.
async fn forward_replies(
    front: Arc<UdpSocket>,
    client: SocketAddr,
    back: Arc<UdpSocket>,
    faults: Arc<Mutex<Faults>>,
) {
    let (sender, queued) = unbounded_channel();
    let mut tasks = JoinSet::new();
    tasks.spawn(send(front, Some(client), queued));
    let queue = Queue(sender);
    let mut datagram = vec![0; usize::from(u16::MAX)];
    loop {
        // While the station's socket is closed, the kernel reports errors.
        if let Ok(length) = back.recv(&mut datagram).await {
            let faults_now = *lock(&faults);
            queue.push(
                &faults_now,
                faults_now.lost_from_station,
                &datagram[..length],
            );
        }
    }
}

async fn send(
    socket: Arc<UdpSocket>,
    to: Option<SocketAddr>,
    mut queued: UnboundedReceiver<(Instant, Vec<u8>)>,
) {
    while let Some((at, datagram)) = queued.recv().await {
        sleep_until(at).await;
        // A datagram that cannot be sent counts as lost.
        let _ = match to {
            Some(client) => socket.send_to(&datagram, client).await,
            None => socket.send(&datagram).await,
        };
    }
}
