//! A soak: services and callers in processes of their own, under random faults, and a judge that
//! compares their histories with what `docs/` promises.

pub mod breaks;
pub mod calls;
pub mod explain;
pub mod held;
pub mod history;
pub mod judge;
pub mod plan;
pub mod run;
pub mod shrink;
pub mod wire;
pub mod world;
