//! The author's items with names that an expansion uses.

mod bool {}
mod option {}
mod primitive {}
mod str {}
mod u32 {}

mod search {
    /// A type with the module's name, which is also the capability's.
    #[derive(::om::schemars::JsonSchema, ::serde::Deserialize, ::serde::Serialize)]
    #[schemars(crate = "::om::schemars")]
    pub(super) struct Found;
}

/// A module with the capability's name hides its type.
#[::om::capability("beside.search", crate = ::om)]
async fn search() -> search::Found {
    search::Found
}

use ::std::time;

/// An import with the capability's name hides its type, even for callers elsewhere.
#[::om::capability("beside.time", crate = ::om)]
pub async fn time() -> u64 {
    time::Duration::ZERO.as_secs()
}

pub(crate) struct Parcel;

/// A type with the capability's name hides its type.
#[::om::capability("beside.parcel", as = Parcel, crate = ::om)]
pub(crate) async fn parcel() {
    let _ = Parcel;
}

#[::om::capability("beside.option", as = Option, crate = ::om)]
async fn option() {}
