//! One client's connection: its handshake, its control stream, its end.

mod control;
mod frames;
mod handshake;
mod link;
mod links;
mod outbox;
mod run;

pub(crate) use frames::{FrameReader, MAX_FRAME_BYTES, PREFIX, ReadError, framed, framed_value};
pub(crate) use link::{End, Link, StationRequest};
pub(crate) use links::Links;
pub(crate) use run::accept;
