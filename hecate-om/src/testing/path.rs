//! A faulty network between a node and its station: it passes UDP datagrams on, late, twice, or not at all.

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

/// The way between a node and its station, which can be given faults: each holds until it is set anew or
/// [healed](Path::heal), and they add up.
///
/// A node of a [`TestMesh`](super::TestMesh) has one; another is made by [`Path::to`]. It passes datagrams, and QUIC
/// sends again what was not acknowledged: what is lost arrives late, not never, once the fault is over.
///
/// ```
/// # use std::time::Duration;
/// # async fn example(path: &hecate_om::testing::Path) {
/// path.lose(0.2);                          // of all datagrams, at random
/// path.delay(Duration::from_millis(50));   // and what arrives, arrives late
/// // …
/// path.heal();
/// # }
/// ```
#[derive(Debug)]
pub struct Path {
    addr: SocketAddr,
    faults: Arc<Mutex<Faults>>,
    /// The path lasts as long as it is held.
    _tasks: JoinSet<()>,
}

/// What happens to datagrams.
#[derive(Debug, Clone, Copy, Default)]
struct Faults {
    to_station: Part,
    from_station: Part,
    delay: Duration,
    duplicated: Part,
}

/// Which part of the datagrams something happens to, 0 to 1.
#[derive(Debug, Clone, Copy, Default)]
struct Part(f64);

impl Part {
    fn of(part: f64) -> Self {
        assert!(
            (0.0..=1.0).contains(&part),
            "{part} is no part of the datagrams: give one between 0.0 (none) and 1.0 (all)"
        );
        Self(part)
    }

    fn hits(self) -> bool {
        rand::random_bool(self.0)
    }
}

impl Path {
    /// A path to `station`, without a fault, on a free port of loopback, until it is dropped.
    ///
    /// # Errors
    ///
    /// Where no socket can be had.
    pub async fn to(station: SocketAddr) -> io::Result<Self> {
        let front = Arc::new(UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await?);
        let faults = Arc::<Mutex<Faults>>::default();
        let addr = front.local_addr()?;
        let mut tasks = JoinSet::new();
        tasks.spawn(requests(front, station, Arc::clone(&faults)));
        Ok(Self {
            addr,
            faults,
            _tasks: tasks,
        })
    }

    /// Where it is dialled in the station's place.
    #[must_use]
    pub const fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Loses this part of the datagrams, both ways: `0.2` is a fifth of them.
    ///
    /// # Panics
    ///
    /// Where `part` is not between 0 and 1; so does each below that takes one.
    pub fn lose(&self, part: f64) {
        self.lose_to_station(part);
        self.lose_from_station(part);
    }

    /// Loses this part of what the node sends: with `1.0` its requests leave it and do not arrive.
    pub fn lose_to_station(&self, part: f64) {
        let lost = Part::of(part);
        lock(&self.faults).to_station = lost;
    }

    /// Loses this part of what the node is sent: with `1.0` its requests are served and the answers do not arrive.
    pub fn lose_from_station(&self, part: f64) {
        let lost = Part::of(part);
        lock(&self.faults).from_station = lost;
    }

    /// Has each datagram arrive so much later, in order, both ways.
    pub fn delay(&self, by: Duration) {
        lock(&self.faults).delay = by;
    }

    /// Has this part of the datagrams arrive twice, both ways.
    pub fn duplicate(&self, part: f64) {
        let duplicated = Part::of(part);
        lock(&self.faults).duplicated = duplicated;
    }

    /// Cuts the node off: nothing passes.
    pub fn cut(&self) {
        self.lose(1.0);
    }

    /// Takes every fault away.
    pub fn heal(&self) {
        *lock(&self.faults) = Faults::default();
    }
}

fn lock(faults: &Mutex<Faults>) -> MutexGuard<'_, Faults> {
    faults.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One direction of one client's datagrams, each with when it is to go on.
struct Way(UnboundedSender<(Instant, Vec<u8>)>);

impl Way {
    fn pass(&self, faults: &Faults, lost: Part, datagram: &[u8]) {
        if lost.hits() {
            return;
        }
        let at = Instant::now() + faults.delay;
        let copies = if faults.duplicated.hits() { 2 } else { 1 };
        for _ in 0..copies {
            // Nobody takes it once the path is gone.
            let _ = self.0.send((at, datagram.to_vec()));
        }
    }
}

/// Takes the datagrams of every client to the station, each client's from a socket of its own.
async fn requests(front: Arc<UdpSocket>, station: SocketAddr, faults: Arc<Mutex<Faults>>) {
    let mut ways: HashMap<SocketAddr, Way> = HashMap::new();
    let mut tasks = JoinSet::new();
    let mut datagram = vec![0; usize::from(u16::MAX)];
    loop {
        let Ok((length, client)) = front.recv_from(&mut datagram).await else {
            continue;
        };
        let way = match ways.entry(client) {
            Entry::Occupied(way) => way.into_mut(),
            Entry::Vacant(place) => {
                let Ok(back) = dial(station).await else {
                    continue;
                };
                let back = Arc::new(back);
                let (queue, queued) = unbounded_channel();
                tasks.spawn(send(Arc::clone(&back), None, queued));
                let (front, faults) = (Arc::clone(&front), Arc::clone(&faults));
                tasks.spawn(replies(front, client, back, faults));
                place.insert(Way(queue))
            }
        };
        let now = *lock(&faults);
        way.pass(&now, now.to_station, &datagram[..length]);
    }
}

async fn dial(station: SocketAddr) -> io::Result<UdpSocket> {
    let back = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    back.connect(station).await?;
    Ok(back)
}

/// Takes the station's datagrams to one client.
async fn replies(
    front: Arc<UdpSocket>,
    client: SocketAddr,
    back: Arc<UdpSocket>,
    faults: Arc<Mutex<Faults>>,
) {
    let (queue, queued) = unbounded_channel();
    let mut tasks = JoinSet::new();
    tasks.spawn(send(front, Some(client), queued));
    let way = Way(queue);
    let mut datagram = vec![0; usize::from(u16::MAX)];
    loop {
        // The station's socket may be closed for a while, which the kernel tells of as an error.
        if let Ok(length) = back.recv(&mut datagram).await {
            let now = *lock(&faults);
            way.pass(&now, now.from_station, &datagram[..length]);
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
        // A datagram that cannot be sent is one that is lost.
        let _ = match to {
            Some(client) => socket.send_to(&datagram, client).await,
            None => socket.send(&datagram).await,
        };
    }
}
