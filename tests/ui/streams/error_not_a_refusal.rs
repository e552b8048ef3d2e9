use futures_util::stream;
use hecate_om::{capability, stream::Stream};

struct Gone;

#[capability("echo.say")]
async fn say() -> Result<impl Stream<Item = u64>, Gone> {
    match true {
        true => Ok(stream::iter([1])),
        false => Err(Gone),
    }
}

fn main() {}
