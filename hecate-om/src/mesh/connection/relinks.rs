//! The time after a link was lost or replaced, in which providers are not found yet.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use macula_rust::pool::LinkEvent;
use tokio::sync::watch;
use tokio::time::Instant;

/// How long after the last change of the links a provider may be missing because it has not
/// advertised again: it dials a second after its link ended, asks the pool for the new link within
/// two seconds, waits up to two for its claim, and may have hundreds of capabilities to advertise.
const SETTLES: Duration = Duration::from_secs(30);

/// The links of this node, and when one was last lost or made again.
#[derive(Debug, Default)]
pub(in crate::mesh) struct Relinks {
    state: Mutex<State>,
    changed: watch::Sender<Option<Instant>>,
    /// The folder of the development mesh, if the links are to its station.
    dev_mesh: OnceLock<PathBuf>,
}

#[derive(Debug, Default)]
struct State {
    /// The stations that were linked, and whether they are.
    up: HashMap<[u8; 32], bool>,
    /// Whether other stations take the place of these.
    moving: bool,
}

impl Relinks {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Records that the links are to the development mesh in this folder.
    pub(in crate::mesh) fn is_of_dev_mesh(&self, folder: PathBuf) {
        // A mesh has one folder.
        let _ = self.dev_mesh.set(folder);
    }

    /// Returns whether another process has just taken over the development mesh, whose services
    /// are then still linking.
    fn is_taken_over(&self) -> bool {
        #[cfg(feature = "dev-mesh")]
        let since = self
            .dev_mesh
            .get()
            .and_then(|folder| hecate_om_station::dev_mesh::since_take_over(folder));
        #[cfg(not(feature = "dev-mesh"))]
        let since: Option<Duration> = None;
        since.is_some_and(|since| since < SETTLES)
    }

    /// Records a change of a link. A first link does not count, unless the development mesh has just moved;
    /// nor does a dial that fails.
    pub(in crate::mesh) fn changed(&self, event: &LinkEvent) {
        if event.direct {
            return;
        }
        let mut state = self.state();
        let before = if event.up {
            state.up.insert(event.station, true)
        } else {
            let up = state.up.get_mut(&event.station);
            up.map(|up| std::mem::replace(up, false))
        };
        let moved = event.up && std::mem::take(&mut state.moving);
        let taken_over = event.up && before.is_none() && self.is_taken_over();
        if moved || taken_over || before.is_some_and(|before| before != event.up) {
            self.changed.send_replace(Some(Instant::now()));
        }
    }

    /// Records that other stations take the place of the linked ones.
    pub(in crate::mesh) fn moves(&self) {
        let mut state = self.state();
        state.up.clear();
        state.moving = true;
    }

    /// Returns whether a provider that is not found may be about to advertise again.
    pub(in crate::mesh) fn settle(&self) -> bool {
        let changed = *self.changed.borrow();
        changed.is_some_and(|changed| changed.elapsed() < SETTLES)
    }

    /// Waits until a link is lost or made again, unless one was since then.
    pub(in crate::mesh) async fn change(&self, since: Instant) {
        let mut changed = self.changed.subscribe();
        let is_later = |changed: &Option<Instant>| changed.is_some_and(|at| at >= since);
        // This struct holds the sender, so the wait does not fail.
        let _ = changed.wait_for(is_later).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(station: u8, up: bool) -> LinkEvent {
        LinkEvent {
            station: [station; 32],
            direct: false,
            up,
            error: None,
        }
    }

    #[tokio::test(start_paused = true)]
    async fn only_links_that_were_lost_settle_and_only_for_a_time() {
        let links = Relinks::default();
        links.changed(&event(1, false));
        links.changed(&event(1, true));
        links.changed(&event(2, true));
        assert!(!links.settle(), "first links");
        links.changed(&event(1, false));
        assert!(links.settle(), "one was lost");
        tokio::time::advance(SETTLES).await;
        links.changed(&event(1, false));
        assert!(!links.settle(), "a dial that fails is no change");
        links.changed(&event(1, true));
        assert!(links.settle(), "it is linked again");
        tokio::time::advance(SETTLES).await;
        assert!(!links.settle());
    }

    #[tokio::test(start_paused = true)]
    async fn a_mesh_that_moved_settles_once_it_is_linked() {
        let links = Relinks::default();
        links.changed(&event(1, true));
        links.moves();
        tokio::time::advance(2 * SETTLES).await;
        links.changed(&event(2, false));
        links.changed(&event(2, true));
        assert!(links.settle());
    }
}
