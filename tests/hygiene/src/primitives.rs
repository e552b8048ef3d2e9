//! Capabilities named like primitive types and standard crates, which have no type of that name.

#[::om::capability("primitives.bool", crate = ::om)]
async fn bool(text: ::std::string::String) -> ::std::vec::Vec<u8> {
    text.into_bytes()
}

#[::om::capability("primitives.char", crate = ::om)]
async fn char(text: ::std::string::String) -> ::std::vec::Vec<u8> {
    text.into_bytes()
}

#[::om::capability("primitives.f32", crate = ::om)]
async fn f32(text: ::std::string::String) -> ::std::vec::Vec<u8> {
    text.into_bytes()
}

#[::om::capability("primitives.f64", crate = ::om)]
async fn f64(text: ::std::string::String) -> ::std::vec::Vec<u8> {
    text.into_bytes()
}

#[::om::capability("primitives.i8", crate = ::om)]
async fn i8(text: ::std::string::String) -> ::std::vec::Vec<u8> {
    text.into_bytes()
}

#[::om::capability("primitives.i16", crate = ::om)]
async fn i16(text: ::std::string::String) -> ::std::vec::Vec<u8> {
    text.into_bytes()
}

#[::om::capability("primitives.i32", crate = ::om)]
async fn i32(text: ::std::string::String) -> ::std::vec::Vec<u8> {
    text.into_bytes()
}

#[::om::capability("primitives.i64", crate = ::om)]
async fn i64(text: ::std::string::String) -> ::std::vec::Vec<u8> {
    text.into_bytes()
}

#[::om::capability("primitives.i128", crate = ::om)]
async fn i128(text: ::std::string::String) -> ::std::vec::Vec<u8> {
    text.into_bytes()
}

#[::om::capability("primitives.isize", crate = ::om)]
async fn isize(text: ::std::string::String) -> ::std::vec::Vec<u8> {
    text.into_bytes()
}

#[::om::capability("primitives.str", crate = ::om)]
async fn str(text: ::std::string::String) -> ::std::vec::Vec<u8> {
    text.into_bytes()
}

#[::om::capability("primitives.u8", crate = ::om)]
async fn u8(text: ::std::string::String) -> ::std::vec::Vec<u8> {
    text.into_bytes()
}

#[::om::capability("primitives.u16", crate = ::om)]
async fn u16(text: ::std::string::String) -> ::std::vec::Vec<u8> {
    text.into_bytes()
}

#[::om::capability("primitives.u32", crate = ::om)]
async fn u32(text: ::std::string::String) -> ::std::vec::Vec<u8> {
    text.into_bytes()
}

#[::om::capability("primitives.u64", crate = ::om)]
async fn u64(text: ::std::string::String) -> ::std::vec::Vec<u8> {
    text.into_bytes()
}

#[::om::capability("primitives.u128", crate = ::om)]
async fn u128(text: ::std::string::String) -> ::std::vec::Vec<u8> {
    text.into_bytes()
}

#[::om::capability("primitives.usize", crate = ::om)]
async fn usize(text: ::std::string::String) -> ::std::vec::Vec<u8> {
    text.into_bytes()
}

#[::om::capability("primitives.alloc", crate = ::om)]
async fn alloc(text: ::std::string::String) -> ::std::vec::Vec<u8> {
    text.into_bytes()
}

#[::om::capability("primitives.core", crate = ::om)]
async fn core(text: ::std::string::String) -> ::std::vec::Vec<u8> {
    text.into_bytes()
}

#[::om::capability("primitives.proc_macro", crate = ::om)]
async fn proc_macro(text: ::std::string::String) -> ::std::vec::Vec<u8> {
    text.into_bytes()
}

#[::om::capability("primitives.std", crate = ::om)]
async fn std(text: ::std::string::String) -> ::std::vec::Vec<u8> {
    text.into_bytes()
}

#[::om::capability("primitives.f16", crate = ::om)]
async fn f16(text: ::std::string::String) -> ::std::vec::Vec<u8> {
    text.into_bytes()
}

#[::om::capability("primitives.f128", crate = ::om)]
async fn f128(text: ::std::string::String) -> ::std::vec::Vec<u8> {
    text.into_bytes()
}

/// With the key, such a capability has a type.
#[::om::capability("primitives.named", as = Named, crate = ::om)]
async fn never() {}

/// Everywhere else, primitive types keep their meaning.
#[test]
fn the_types_are_not_shadowed() {
    const SIZE: usize = 3;
    let text: &'static str = "abc";
    ::std::assert_eq!(text.len(), SIZE);
    ::std::assert_eq!(<Named as ::om::call::Callable>::NAME, "primitives.named");
}
