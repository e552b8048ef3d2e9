//! The station's part of the DHT: signed records by slot, and the `_dht.*` procedures that store
//! and find records.

mod persistence;
mod procedures;
mod put_refusal;
mod store;
mod stored_record;

pub(crate) use procedures::answer;
pub(crate) use store::{Dht, RecordStore};
