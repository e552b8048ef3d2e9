use futures_util::{StreamExt, stream};
use hecate_om::{capability, stream::Stream};

#[capability("echo.say")]
async fn say() -> impl Stream<Item = u64> {
    let shared = std::rc::Rc::new(1);
    stream::iter(0..3).map(move |n| n + *shared)
}

fn main() {}
