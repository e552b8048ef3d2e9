use futures_util::stream;
use hecate_om::{Refusal, capability, stream::Stream};

#[derive(serde::Serialize)]
struct Plain;

#[capability("echo.say")]
async fn say() -> impl Stream<Item = Result<Plain, Refusal>> {
    stream::iter([Ok(Plain)])
}

fn main() {}
