//! The station's part of the DHT, in memory: signed records by their slot,
//! and the `_dht.*` procedures that put and find them.

mod kept;
mod procedures;
mod refusal;
mod store;
mod stored;

pub(crate) use procedures::answer;
pub(crate) use store::{Dht, RecordStore};
