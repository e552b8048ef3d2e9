//! Items of the author's that are named like what an expansion names.

mod bool {}
mod option {}
mod primitive {}
mod str {}
mod u32 {}

mod search {
    /// A type of the module that the capability is named like.
    #[derive(::om::schemars::JsonSchema, ::serde::Deserialize, ::serde::Serialize)]
    #[schemars(crate = "::om::schemars")]
    pub(super) struct Found;
}

/// A module of its name hides the capability's type.
#[::om::capability("beside.search", crate = ::om)]
async fn search() -> search::Found {
    search::Found
}

use ::std::time;

/// An import of its name hides the capability's type, also where callers elsewhere would see the type.
#[::om::capability("beside.time", crate = ::om)]
pub async fn time() -> u64 {
    time::Duration::ZERO.as_secs()
}

pub(crate) struct Parcel;

/// A type of its name hides the capability's type.
#[::om::capability("beside.parcel", as = Parcel, crate = ::om)]
pub(crate) async fn parcel() {
    let _ = Parcel;
}

#[::om::capability("beside.option", as = Option, crate = ::om)]
async fn option() {}
