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

/// Beside a module of its name, a capability names its type.
#[::om::capability("beside.search", as = Search, crate = ::om)]
async fn search() -> search::Found {
    search::Found
}

#[::om::capability("beside.option", as = Option, crate = ::om)]
async fn option() {}
