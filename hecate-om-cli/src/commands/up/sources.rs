//! The sources of the services, and their changes.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::mpsc::{Receiver, channel};
use tokio::time::timeout;

use super::workspace::Workspace;
use crate::output::Failure;

/// Time without a change after which the changes are complete: an editor writes several files.
const QUIET: Duration = Duration::from_millis(200);
/// Maximum depth of the folders that are watched before the first build.
const MAX_DEPTH: usize = 16;
/// The build writes it, so that its change is not one of the sources.
const MANIFEST: &str = "manifest.json";

/// A watcher of the folders that have sources. Others, such as `target`, are never watched: their
/// number would use up what the system has.
pub(super) struct Sources {
    watcher: RecommendedWatcher,
    folders: BTreeSet<PathBuf>,
    changes: Receiver<()>,
}

impl Sources {
    /// Watches the sources of the packages, until cargo says what they are.
    pub(super) fn of(workspace: &Workspace) -> Result<Self, Failure> {
        // One waiting change stands for all.
        let (sender, changes) = channel(1);
        let watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
            if event.is_ok_and(|event| is_change(&event)) {
                // Full means that a change is known already.
                let _ = sender.try_send(());
            }
        });
        let watcher = watcher.map_err(|error| {
            Failure::new(
                "failed",
                format!("changes of files cannot be watched: {error}"),
            )
        })?;
        let mut sources = Self {
            watcher,
            folders: BTreeSet::new(),
            changes,
        };
        for service in &workspace.services {
            sources.add(&service.folder);
            sources.add_below(&service.folder.join("src"), 0);
        }
        Ok(sources)
    }

    /// Watches the folders of these files, too.
    pub(super) fn watch(&mut self, files: &BTreeSet<PathBuf>) {
        for folder in files.iter().filter_map(|file| file.parent()) {
            self.add(folder);
        }
    }

    /// Waits for a change, and until there is no further one for a moment.
    pub(super) async fn changed(&mut self) {
        // The watcher lives as long as this.
        let _ = self.changes.recv().await;
        while let Ok(Some(())) = timeout(QUIET, self.changes.recv()).await {}
    }

    fn add_below(&mut self, folder: &Path, depth: usize) {
        self.add(folder);
        let Ok(entries) = std::fs::read_dir(folder) else {
            return;
        };
        let is_folder =
            |entry: &std::fs::DirEntry| entry.file_type().is_ok_and(|kind| kind.is_dir());
        for entry in entries.filter_map(Result::ok).filter(is_folder) {
            if depth < MAX_DEPTH {
                self.add_below(&entry.path(), depth + 1);
            }
        }
    }

    fn add(&mut self, folder: &Path) {
        if self.folders.contains(folder) || !folder.is_dir() {
            return;
        }
        match self.watcher.watch(folder, RecursiveMode::NonRecursive) {
            Ok(()) => {
                self.folders.insert(folder.to_owned());
            }
            Err(error) => {
                crate::output::print_note(&format!(
                    "changes in `{}` are not seen: {error}",
                    folder.display()
                ));
            }
        }
    }
}

/// Returns whether an event is a change of a source. Files of editors are none.
fn is_change(event: &Event) -> bool {
    let changes = matches!(
        event.kind,
        EventKind::Create(_) | EventKind::Modify(_) | EventKind::Remove(_)
    );
    let is_source = |path: &PathBuf| {
        let name = path
            .file_name()
            .map(|name| name.to_string_lossy())
            .unwrap_or_default();
        let is_of_editor = name.starts_with('.')
            || name.ends_with('~')
            || name.bytes().all(|b| b.is_ascii_digit());
        name != MANIFEST && !is_of_editor
    };
    changes && event.paths.iter().any(is_source)
}

#[cfg(test)]
mod tests {
    use notify::event::{AccessKind, CreateKind};

    use super::*;

    #[test]
    fn what_the_build_and_editors_write_is_no_change() {
        let created = EventKind::Create(CreateKind::File);
        let is = |kind: EventKind, path: &str| is_change(&Event::new(kind).add_path(path.into()));
        assert!(is(created, "/w/src/main.rs") && is(created, "/w/src/page.html"));
        for path in [
            "/w/manifest.json",
            "/w/src/.main.rs.swp",
            "/w/src/main.rs~",
            "/w/src/4913",
        ] {
            assert!(!is(created, path), "{path}");
        }
        assert!(!is(EventKind::Access(AccessKind::Any), "/w/src/main.rs"));
    }
}
