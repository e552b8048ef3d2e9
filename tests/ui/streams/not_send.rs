use std::pin::Pin;
use std::task::{Context, Poll};

use hecate_om::{capability, stream::Stream};

struct Ticks(std::rc::Rc<u64>);

impl Stream for Ticks {
    type Item = u64;

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<u64>> {
        Poll::Ready(Some(*self.0))
    }
}

#[capability("echo.say")]
async fn say() -> impl Stream<Item = u64> {
    Ticks(std::rc::Rc::new(1))
}

fn main() {}
