//! Recent losses and replacements of links. Providers may be missing for a while afterwards.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use macula_rust::pool::LinkEvent;
use tokio::sync::watch;
use tokio::time::Instant;

/// Time after the last change of the links in which a provider may be missing because it has not
/// advertised again. The provider dials a second after its link ended, obtains the new link from
/// the pool within two seconds, waits up to two seconds for its claim, and may then advertise
/// hundreds of capabilities.
const SETTLE_TIME: Duration = Duration::from_secs(30);

/// Links of this node, and the time of the last loss or replacement.
#[derive(Debug, Default)]
pub(in crate::mesh) struct Relinks {
    state: Mutex<State>,
    changed: watch::Sender<Option<Instant>>,
    /// Folder of the development mesh, if the links are to its station.
    dev_mesh: OnceLock<PathBuf>,
}

#[derive(Debug, Default)]
struct State {
    /// Stations that were linked, and whether each is still linked.
    up: HashMap<[u8; 32], bool>,
    /// Whether other stations are about to replace the linked stations.
    replacing: bool,
}

impl Relinks {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Records that the links are to the development mesh in this folder.
    pub(in crate::mesh) fn is_of_dev_mesh(&self, folder: PathBuf) {
        // A mesh has one folder, so the first value stays.
        let _ = self.dev_mesh.set(folder);
    }

    /// Returns whether another process has recently become the host of the development mesh. The
    /// services of the mesh may then still be connecting.
    fn has_new_host(&self) -> bool {
        #[cfg(feature = "dev-mesh")]
        let since = self
            .dev_mesh
            .get()
            .and_then(|folder| hecate_om_station::dev_mesh::since_take_over(folder));
        #[cfg(not(feature = "dev-mesh"))]
        let since: Option<Duration> = None;
        since.is_some_and(|since| since < SETTLE_TIME)
    }

    /// Records a change of a link. Failed dials do not count. A first link counts only if the
    /// development mesh has a new host.
    pub(in crate::mesh) fn record(&self, event: &LinkEvent) {
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
        let moved = event.up && std::mem::take(&mut state.replacing);
        let new_host = event.up && before.is_none() && self.has_new_host();
        if moved || new_host || before.is_some_and(|before| before != event.up) {
            self.changed.send_replace(Some(Instant::now()));
        }
    }

    /// Records that other stations are about to replace the linked stations.
    pub(super) fn replacing(&self) {
        let mut state = self.state();
        state.up.clear();
        state.replacing = true;
    }

    /// Returns whether a missing provider may be about to advertise again.
    pub(in crate::mesh) fn is_settling(&self) -> bool {
        let changed = *self.changed.borrow();
        changed.is_some_and(|changed| changed.elapsed() < SETTLE_TIME)
    }

    /// Waits until a link is lost or replaced. Returns at once if that happened after `since`.
    pub(in crate::mesh) async fn changed_since(&self, since: Instant) {
        let mut changed = self.changed.subscribe();
        let is_later = |changed: &Option<Instant>| changed.is_some_and(|at| at >= since);
        // `self` owns the sender, so the wait cannot fail.
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
    async fn links_settle_for_a_limited_time_after_one_was_lost() {
        let links = Relinks::default();
        links.record(&event(1, false));
        links.record(&event(1, true));
        links.record(&event(2, true));
        assert!(!links.is_settling(), "first links");
        links.record(&event(1, false));
        assert!(links.is_settling(), "one was lost");
        tokio::time::advance(SETTLE_TIME).await;
        links.record(&event(1, false));
        assert!(!links.is_settling(), "a failed dial is no change");
        links.record(&event(1, true));
        assert!(links.is_settling(), "it is linked again");
        tokio::time::advance(SETTLE_TIME).await;
        assert!(!links.is_settling());
    }

    #[tokio::test(start_paused = true)]
    async fn replaced_links_settle_once_the_new_ones_are_up() {
        let links = Relinks::default();
        links.record(&event(1, true));
        links.replacing();
        tokio::time::advance(2 * SETTLE_TIME).await;
        links.record(&event(2, false));
        links.record(&event(2, true));
        assert!(links.is_settling());
    }
}
