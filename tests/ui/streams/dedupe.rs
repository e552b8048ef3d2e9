use futures_util::stream;
use hecate_om::{capability, stream::Stream};

#[capability("echo.say", dedupe = "10m")]
async fn say() -> impl Stream<Item = u64> {
    stream::iter([1])
}

fn main() {}
