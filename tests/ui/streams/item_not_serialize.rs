use futures_util::stream;
use hecate_om::{JsonSchema, Stream, capability};

#[derive(JsonSchema)]
struct Plain;

#[capability("echo.say")]
async fn say() -> impl Stream<Item = Plain> {
    stream::iter([Plain])
}

fn main() {}
