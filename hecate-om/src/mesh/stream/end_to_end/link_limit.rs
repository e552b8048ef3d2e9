//! The maximum number of streams on one link.

use futures_util::future::join_all;

use super::*;

/// Streams that a station can open on a provider's link. The SDK uses QUIC's default.
const LINK: usize = 100;

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_streams_run_at_once_and_another_is_refused_as_overloaded() {
    let station = station().await;
    let capabilities = vec![capability(Kind::Bidirectional, "echoes", echoes)];
    let provider = node(&station, "acme", false, capabilities).await;
    let caller = node(&station, "other", false, Vec::new()).await;
    let open = async || {
        let echoes = caller.mesh.procedure("acme/echoes");
        let opening = echoes.timeout(Duration::from_secs(60));
        opening.bidirectional::<_, String, String>(&()).await
    };
    let opened = join_all((0..LINK).map(|_| open())).await;
    let mut streams: Vec<_> = opened.into_iter().map(Result::unwrap).collect();
    for round in 0..3 {
        let word = format!("word {round}");
        let rounds = streams.iter_mut().map(async |(words, echoed)| {
            words.send(&word).await?;
            echoed.next().await.expect("it is echoed")
        });
        for echoed in in_time(join_all(rounds)).await {
            assert_eq!(echoed.as_deref(), Ok(&*word));
        }
    }
    let (_words, mut echoed) = open().await.unwrap();
    let error = in_time(echoed.next()).await.unwrap().unwrap_err();
    assert_eq!((error.code(), error.retryable()), ("overloaded", true));

    let ends = streams.into_iter().map(async |(words, mut echoed)| {
        words.finish().await?;
        Ok::<_, CallError>(echoed.next().await)
    });
    for ended in in_time(join_all(ends)).await {
        assert_eq!(ended, Ok(None));
    }
    caller.close().await;
    provider.close().await;
    station.close().await;
}
