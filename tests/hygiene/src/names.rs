//! Capabilities with names that the expansion uses.

/// An item with the name of an item of the prelude.
type Result<T> = ::std::result::Result<T, ::om::Refusal>;

#[::om::capability("names.payload", crate = ::om)]
async fn payload(payload: ::std::string::String) -> ::std::string::String {
    payload
}

#[::om::capability("names.output", crate = ::om)]
async fn output(output: (u8, u8)) -> Result<u8> {
    ::std::result::Result::Ok(output.0)
}

#[::om::capability("names.invocation", crate = ::om)]
async fn invocation() {}

#[::om::capability("names.reply", crate = ::om)]
async fn reply(_call: &::om::Call) -> ::std::option::Option<u8> {
    ::std::option::Option::None
}

#[::om::capability("names.invoke", crate = ::om)]
#[deprecated = "and served nevertheless"]
async fn invoke() {}

#[::om::capability("names.type", crate = ::om)]
async fn r#type() {}

#[::om::capability("names.gone", crate = ::om)]
#[cfg(any())]
async fn gone() {}
