use hecate_om::{capability, stream::Stream};

#[capability("echo.say")]
async fn say() -> impl Stream {
    futures_util::stream::iter([1])
}

fn main() {}
