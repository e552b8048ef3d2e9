//! The station's part of the DHT: signed records by their slot, and the `_dht.*` procedures that
//! put and find them.

mod persistence;
mod procedures;
mod put_refusal;
mod store;
mod stored_record;

pub(crate) use procedures::answer;
pub(crate) use store::{Dht, RecordStore};
