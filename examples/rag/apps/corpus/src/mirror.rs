//! A folder kept in the corpus: what is new or changed comes in, what is gone goes.

use std::collections::BTreeSet;

use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};

use crate::chunk;
use crate::corpus::Corpus;
use crate::error::CorpusError;
use crate::folder::{self, Folder, Found};
use crate::index::Change;

/// How many files are on their way at once: enough for the writer to commit them together.
const AT_ONCE: usize = 32;

/// What became of a folder's documents.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Mirrored {
    /// New or changed, and now in the corpus.
    pub ingested: u64,
    /// In the corpus already.
    pub unchanged: u64,
    /// Left out: not UTF-8, too large, not readable. Each was logged. What the corpus held of them it holds
    /// still.
    pub skipped: u64,
    /// Gone from the folder, and now from the corpus.
    pub pruned: u64,
}

enum Fate {
    Ingested,
    Unchanged,
    Skipped,
    Blank,
}

impl Corpus {
    /// Makes the corpus hold the folder's documents as they are now. One bad file does not keep the others out.
    /// Documents that came by call, or from another folder, stay; one of the same source as a file is replaced
    /// by the file.
    ///
    /// # Errors
    ///
    /// An index that cannot be written, or a corpus that is closed meanwhile; what was ingested until then stays.
    pub async fn mirror(&self, folder: &Folder) -> Result<Mirrored, CorpusError> {
        let origin = folder.origin();
        let scan = self.blocking({
            let folder = folder.clone();
            move |_| folder.scan()
        });
        let scan = scan.await?;
        let mut mirrored = Mirrored::default();
        for (source, reason) in &scan.unseen {
            tracing::warn!(source, reason, "skipped, it cannot be looked at");
            mirrored.skipped += 1;
        }
        let mut present = BTreeSet::new();
        let mut fates = stream::iter(scan.files)
            .map(|file| async {
                let fate = self.take_in(&origin, &file).await?;
                Ok::<_, CorpusError>((file.source, fate))
            })
            .buffer_unordered(AT_ONCE);
        while let Some((source, fate)) = fates.try_next().await? {
            match fate {
                Fate::Ingested => mirrored.ingested += 1,
                Fate::Unchanged => mirrored.unchanged += 1,
                Fate::Skipped => mirrored.skipped += 1,
                // It holds nothing now, so what it held goes like a file that is gone.
                Fate::Blank => continue,
            }
            present.insert(source);
        }
        let gone: Vec<String> = self.index.with_catalog(|catalog| {
            let of_folder = catalog.iter().filter(|(_, entry)| entry.origin == origin);
            of_folder
                .map(|(source, _)| source)
                .filter(|source| !present.contains(*source))
                .filter(|source| !scan.unseen.iter().any(|(above, _)| is_below(source, above)))
                .cloned()
                .collect()
        });
        let mut prunes = stream::iter(gone)
            .map(|source| {
                let change = Change::RemoveIf(origin.clone());
                async move { self.order(&source, change).await }
            })
            .buffer_unordered(AT_ONCE);
        while let Some(applied) = prunes.try_next().await? {
            mirrored.pruned += u64::from(applied.changed);
        }
        Ok(mirrored)
    }

    async fn take_in(&self, origin: &str, file: &Found) -> Result<Fate, CorpusError> {
        let path = file.path.clone();
        let read =
            self.blocking(move |_| folder::read(&path).map(|text| (chunk::digest(&text), text)));
        let (digest, text) = match read.await? {
            Ok(read) => read,
            Err(error) => {
                tracing::warn!(source = file.source, reason = %error, "skipped");
                return Ok(Fate::Skipped);
            }
        };
        let kept = self.index.with_catalog(|catalog| {
            let entry = catalog.get(&file.source);
            entry.is_some_and(|entry| entry.digest == digest && entry.origin == origin)
        });
        if kept {
            return Ok(Fate::Unchanged);
        }
        match self.ingest_from(origin, &file.source, text).await {
            Ok(_) => Ok(Fate::Ingested),
            Err(CorpusError::EmptyText(_)) => Ok(Fate::Blank),
            Err(error @ (CorpusError::Failed(_) | CorpusError::Closed)) => Err(error),
            Err(error) => {
                tracing::warn!(source = file.source, reason = %error, "skipped");
                Ok(Fate::Skipped)
            }
        }
    }
}

/// Whether a source is this one, or in this folder; everything is in the folder without a name.
fn is_below(source: &str, above: &str) -> bool {
    above.is_empty()
        || source
            .strip_prefix(above)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
