//! The store on a disk that loses what was not synced, or that is full.

use std::collections::BTreeMap;
use std::io::{Error, ErrorKind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use redb::{Builder, ReadableTable as _, StorageBackend, TableDefinition};

use super::*;

const NUMBERS: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("numbers");

/// A disk in memory: what was synced, and what was written since.
#[derive(Debug, Default)]
struct Disk {
    synced: Mutex<Vec<u8>>,
    written: Mutex<Vec<u8>>,
    /// Maximum size of the file.
    capacity: AtomicU64,
    /// Number of writes and syncs until the power fails; 0 for never.
    power: AtomicU64,
    off: std::sync::atomic::AtomicBool,
}

impl Disk {
    fn new() -> Arc<Self> {
        let disk = Self::default();
        disk.capacity.store(u64::MAX, Ordering::Relaxed);
        Arc::new(disk)
    }

    /// Loses what was not synced.
    fn lose_power(&self) {
        *self.written.lock().unwrap() = self.synced.lock().unwrap().clone();
        self.off.store(false, Ordering::Relaxed);
        self.power.store(0, Ordering::Relaxed);
    }

    fn step(&self) -> std::io::Result<()> {
        if self.power.load(Ordering::Relaxed) > 0 && self.power.fetch_sub(1, Ordering::Relaxed) == 1
        {
            self.off.store(true, Ordering::Relaxed);
        }
        if self.off.load(Ordering::Relaxed) {
            return Err(Error::other("the power is off"));
        }
        Ok(())
    }

    fn opener(self: &Arc<Self>) -> Arc<Open> {
        let disk = Arc::clone(self);
        Arc::new(move |_| {
            let backend = DiskBackend(Arc::clone(&disk));
            let database = Builder::new().create_with_backend(backend);
            database.map(Some).map_err(StoreError::new)
        })
    }

    fn store(self: &Arc<Self>) -> Store {
        Store::with(self.opener(), "disk".into())
    }
}

#[derive(Debug)]
struct DiskBackend(Arc<Disk>);

type Outcome<T> = std::io::Result<T>;

impl StorageBackend for DiskBackend {
    fn len(&self) -> Outcome<u64> {
        Ok(self.0.written.lock().unwrap().len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> Outcome<()> {
        let offset = offset as usize;
        out.copy_from_slice(&self.0.written.lock().unwrap()[offset..offset + out.len()]);
        Ok(())
    }

    fn set_len(&self, len: u64) -> Outcome<()> {
        self.0.step()?;
        if len > self.0.capacity.load(Ordering::Relaxed) {
            return Err(ErrorKind::StorageFull.into());
        }
        self.0.written.lock().unwrap().resize(len as usize, 0);
        Ok(())
    }

    fn sync_data(&self) -> Outcome<()> {
        self.0.step()?;
        *self.0.synced.lock().unwrap() = self.0.written.lock().unwrap().clone();
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> Outcome<()> {
        self.0.step()?;
        let offset = offset as usize;
        self.0.written.lock().unwrap()[offset..offset + data.len()].copy_from_slice(data);
        Ok(())
    }
}

async fn insert(store: &Store, number: u64, bytes: usize) -> Result<(), StoreError> {
    let write = move |transaction: &WriteTransaction| {
        let mut table = transaction.open_table(NUMBERS)?;
        table.insert(number, &*vec![number as u8; bytes])?;
        Ok(())
    };
    store.write(write).await
}

async fn contents(store: &Store) -> BTreeMap<u64, usize> {
    let read = |transaction: &ReadTransaction| match transaction.open_table(NUMBERS) {
        Ok(table) => table
            .iter()?
            .map(|entry| {
                let (number, bytes) = entry?;
                Ok((number.value(), bytes.value().len()))
            })
            .collect(),
        Err(redb::TableError::TableDoesNotExist(_)) => Ok(BTreeMap::new()),
        Err(error) => Err(error.into()),
    };
    store.read(read).await.unwrap().unwrap_or_default()
}

#[tokio::test]
async fn what_was_written_survives_a_loss_of_power_at_any_step() {
    let mut losses = 0;
    for power in 1.. {
        let disk = Disk::new();
        let store = disk.store();
        insert(&store, 0, 10).await.unwrap();
        disk.power.store(power, Ordering::Relaxed);
        let mut written = vec![0];
        for number in 1..=3 {
            if insert(&store, number, 5_000).await.is_ok() {
                written.push(number);
            }
        }
        let failed = written.len() < 4;
        store.close().await;
        disk.lose_power();
        let found = contents(&disk.store()).await;
        for number in &written {
            assert!(found.contains_key(number), "{number} is lost at {power}");
        }
        // A write that failed is there whole, or not at all.
        assert!(
            found
                .iter()
                .all(|(n, bytes)| *bytes == if *n == 0 { 10 } else { 5_000 })
        );
        if !failed {
            break;
        }
        losses += 1;
    }
    assert!(losses > 10, "{losses} steps were interrupted");
}

#[tokio::test]
async fn a_write_to_a_full_disk_is_an_error_and_leaves_nothing() {
    let disk = Disk::new();
    let store = disk.store();
    insert(&store, 1, 10).await.unwrap();
    disk.capacity
        .store(disk.written.lock().unwrap().len() as u64, Ordering::Relaxed);
    let error = insert(&store, 2, 64 << 20).await.unwrap_err();
    assert!(!error.to_string().is_empty());
    assert_eq!(contents(&store).await, BTreeMap::from([(1, 10)]));
    disk.capacity.store(u64::MAX, Ordering::Relaxed);
    insert(&store, 3, 10).await.unwrap();
    assert_eq!(contents(&store).await, BTreeMap::from([(1, 10), (3, 10)]));
}

#[tokio::test]
async fn a_failed_write_does_not_fail_the_others_of_its_commit() {
    let disk = Disk::new();
    let store = Arc::new(disk.store());
    let writes = (0..50).map(|number| {
        let store = Arc::clone(&store);
        tokio::spawn(async move {
            if number % 10 == 3 {
                let refuse =
                    |_: &WriteTransaction| Err::<(), _>(redb::Error::Corrupted("no".into()));
                assert!(store.write(refuse).await.is_err());
            } else {
                insert(&store, number, 10).await.unwrap();
            }
        })
    });
    let writes: Vec<_> = writes.collect();
    for write in writes {
        write.await.unwrap();
    }
    assert_eq!(contents(&store).await.len(), 45);
}

#[tokio::test]
async fn a_file_is_created_by_the_first_write_for_its_owner_only() {
    use std::os::unix::fs::MetadataExt as _;

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state/numbers.redb");
    let store = Store::new(&path);
    assert_eq!(contents(&store).await, BTreeMap::new());
    assert!(!path.exists());
    insert(&store, 1, 10).await.unwrap();
    assert_eq!(path.metadata().unwrap().mode() & 0o777, 0o600);
    let second = Store::new(&path);
    let error = insert(&second, 2, 10).await.unwrap_err().to_string();
    assert!(error.contains("another process uses it"), "{error}");
    store.close().await;
    insert(&second, 2, 10).await.unwrap();
    assert_eq!(contents(&second).await.len(), 2);
}

#[tokio::test]
async fn a_damaged_file_is_an_error_and_not_changed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("numbers.redb");
    std::fs::write(&path, vec![b'x'; 10_000]).unwrap();
    let store = Store::new(&path);
    let error = insert(&store, 1, 10).await.unwrap_err().to_string();
    assert!(error.contains("move it away"), "{error}");
    assert_eq!(std::fs::read(&path).unwrap(), vec![b'x'; 10_000]);
}
