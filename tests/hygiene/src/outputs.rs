//! Outputs that are boxed streams, and results by an alias of the author's.

use ::std::boxed::Box;
use ::std::pin::Pin;
use ::std::task::{Context, Poll};

/// An error of the author's own.
struct Missing;

impl ::std::convert::From<Missing> for ::om::Refusal {
    fn from(_: Missing) -> Self {
        Self::new("missing", "it is not there")
    }
}

/// An item with the name of an item of the prelude.
type Result<T> = ::std::result::Result<T, Missing>;
type BoxStream<'a, T> = Pin<Box<dyn ::om::stream::Stream<Item = T> + ::std::marker::Send + 'a>>;

/// A stream without items.
struct Empty;

impl ::om::stream::Stream for Empty {
    type Item = u8;

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<::std::option::Option<u8>> {
        Poll::Ready(::std::option::Option::None)
    }
}

#[::om::capability("outputs.boxed", crate = ::om)]
async fn boxed() -> BoxStream<'static, u8> {
    Box::pin(Empty)
}

#[::om::capability("outputs.borrowing", crate = ::om)]
async fn borrowing(_stranger: &crate::Stranger) -> BoxStream<'_, u8> {
    Box::pin(Empty)
}

#[::om::capability("outputs.pinned", crate = ::om)]
async fn pinned() -> Result<Pin<Box<dyn ::om::stream::Stream<Item = u8> + ::std::marker::Send>>> {
    ::std::result::Result::Ok(Box::pin(Empty))
}

#[::om::capability("outputs.aliased", crate = ::om)]
async fn aliased() -> Result<u8> {
    ::std::result::Result::Err(Missing)
}
