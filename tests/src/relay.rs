//! A faulty network between a node and its station: it passes UDP datagrams on, or does not.
//!
//! It cannot see into QUIC, which sends again what was not acknowledged: what is dropped is late, not gone, once the
//! fault is over.

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

/// What happens to the datagrams that reach the relay from now on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Fault {
    /// Nothing.
    #[default]
    None,
    /// Those to the station are dropped.
    RequestsLost,
    /// Those from the station are dropped.
    RepliesLost,
    /// All arrive so much later, in order.
    Slow(Duration),
    /// All arrive twice.
    Twice,
}

/// A relay, until dropped.
#[derive(Debug)]
pub struct Relay {
    addr: SocketAddr,
    fault: Arc<Mutex<Fault>>,
    _tasks: JoinSet<()>,
}

impl Relay {
    /// A relay to `station`, without a fault, on a free port of loopback.
    ///
    /// # Errors
    ///
    /// Where no socket can be had.
    pub async fn start(station: SocketAddr) -> io::Result<Self> {
        let front = Arc::new(UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await?);
        let fault = Arc::<Mutex<Fault>>::default();
        let addr = front.local_addr()?;
        let mut tasks = JoinSet::new();
        tasks.spawn(requests(front, station, Arc::clone(&fault)));
        Ok(Self {
            addr,
            fault,
            _tasks: tasks,
        })
    }

    /// Where it is dialled in the station's place.
    #[must_use]
    pub const fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Has what arrives from now on suffer `fault`; [`Fault::None`] heals the network.
    pub fn set(&self, fault: Fault) {
        *lock(&self.fault) = fault;
    }
}

fn lock(fault: &Mutex<Fault>) -> MutexGuard<'_, Fault> {
    fault.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One direction of one client's datagrams, each with when it is to go on.
struct Way(UnboundedSender<(Instant, Vec<u8>)>);

impl Way {
    fn pass(&self, fault: Fault, lost: Fault, datagram: &[u8]) {
        if fault == lost {
            return;
        }
        let (at, copies) = match fault {
            Fault::Slow(by) => (Instant::now() + by, 1),
            Fault::Twice => (Instant::now(), 2),
            _ => (Instant::now(), 1),
        };
        for _ in 0..copies {
            // Nobody takes it once the relay is gone.
            let _ = self.0.send((at, datagram.to_vec()));
        }
    }
}

/// Takes the datagrams of every client to the station, each client's from a socket of its own.
async fn requests(front: Arc<UdpSocket>, station: SocketAddr, fault: Arc<Mutex<Fault>>) {
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
                let (front, fault) = (Arc::clone(&front), Arc::clone(&fault));
                tasks.spawn(replies(front, client, back, fault));
                place.insert(Way(queue))
            }
        };
        let now = *lock(&fault);
        way.pass(now, Fault::RequestsLost, &datagram[..length]);
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
    fault: Arc<Mutex<Fault>>,
) {
    let (queue, queued) = unbounded_channel();
    let mut tasks = JoinSet::new();
    tasks.spawn(send(front, Some(client), queued));
    let way = Way(queue);
    let mut datagram = vec![0; usize::from(u16::MAX)];
    loop {
        // The station's socket may be closed for a while, which the kernel tells of as an error.
        if let Ok(length) = back.recv(&mut datagram).await {
            let now = *lock(&fault);
            way.pass(now, Fault::RepliesLost, &datagram[..length]);
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
