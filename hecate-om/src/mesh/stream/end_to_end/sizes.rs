//! Items of all sizes, in any order, in all three kinds of streams.

use rand::seq::SliceRandom as _;

use super::*;
use crate::mesh::Mesh;

const KIB: usize = 1024;
/// Lengths around each limit: the item's frame, the initial credit, a report step, a window.
const LENGTHS: [usize; 18] = [
    0,
    1,
    4 * KIB,
    10 * KIB,
    60 * KIB,
    64 * KIB,
    252 * KIB,
    256 * KIB,
    260 * KIB,
    512 * KIB,
    700 * KIB,
    768 * KIB,
    780 * KIB,
    1020 * KIB,
    1024 * KIB,
    1100 * KIB,
    1536 * KIB,
    2048 * KIB,
];
/// Length of the largest text that fits the wire.
const LARGEST: usize = 16 * KIB * KIB - 16 * KIB - 6;

/// Returns the lengths in random order, followed by the largest between two small lengths.
fn lengths_to_send() -> Vec<usize> {
    let mut all = LENGTHS.repeat(2);
    all.shuffle(&mut rand::rng());
    all.extend([10 * KIB, LARGEST, 10 * KIB]);
    all
}

async fn serves(test: impl AsyncFn(&Mesh, &[usize])) {
    let station = station().await;
    let capabilities = vec![
        capability(Kind::ServerStreaming, "texts", texts),
        capability(Kind::ClientStreaming, "lengths", lengths),
        capability(Kind::Bidirectional, "echoes", echoes),
    ];
    let provider = node(&station, "acme", true, capabilities).await;
    let caller = node(&station, "other", true, Vec::new()).await;
    let all = lengths_to_send();
    println!("{all:?}");
    in_time(test(&caller.mesh, &all)).await;
    caller.close().await;
    provider.close().await;
    station.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_sends_items_of_all_sizes_in_any_order() {
    serves(async |mesh, all| {
        let opened = mesh
            .procedure("acme/texts")
            .server_streaming::<_, String>(all);
        let mut items = opened.await.unwrap();
        for (n, length) in all.iter().enumerate() {
            let item = items.next().await.unwrap().unwrap();
            assert_eq!(item.len(), *length, "item {n}");
        }
        assert!(items.next().await.is_none());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_sends_items_of_all_sizes_in_any_order() {
    serves(async |mesh, all| {
        let lengths = mesh.procedure("acme/lengths");
        let opened = lengths.client_streaming::<_, String, Vec<usize>>(&());
        let mut upload = opened.await.unwrap();
        for length in all {
            upload.send(&"x".repeat(*length)).await.unwrap();
        }
        assert_eq!(upload.finish().await.unwrap(), all);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn both_sides_send_items_of_all_sizes_in_any_order() {
    serves(async |mesh, all| {
        let echoes = mesh.procedure("acme/echoes");
        let opened = echoes.bidirectional::<_, String, String>(&());
        let (mut texts, mut echoed) = opened.await.unwrap();
        let sends = async {
            for length in all {
                texts.send(&"x".repeat(*length)).await.unwrap();
            }
            texts.finish().await.unwrap();
        };
        let reads = async {
            for (n, length) in all.iter().enumerate() {
                let item = echoed.next().await.unwrap().unwrap();
                assert_eq!(item.len(), *length, "item {n}");
            }
            assert!(echoed.next().await.is_none());
        };
        futures_util::join!(sends, reads);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_item_larger_than_a_frame_is_refused_and_the_stream_goes_on() {
    serves(async |mesh, _| {
        let lengths = mesh.procedure("acme/lengths");
        let opened = lengths.client_streaming::<_, String, Vec<usize>>(&());
        let mut upload = opened.await.unwrap();
        for beyond in [1, 8 * KIB, 16 * KIB, 32 * KIB] {
            let sent = upload.send(&"x".repeat(LARGEST + beyond)).await;
            assert!(matches!(sent, Err(CallError::BadRequest(_))), "{sent:?}");
            upload.send(&"x".to_owned()).await.unwrap();
        }
        assert_eq!(upload.finish().await.unwrap(), [1; 4]);

        let texts = mesh.procedure("acme/texts");
        let asked: &[usize] = &[1, LARGEST + 8 * KIB];
        let mut items = texts.server_streaming::<_, String>(asked).await.unwrap();
        assert_eq!(items.next().await, Some(Ok("x".into())));
        let refused = items.next().await.unwrap().unwrap_err();
        assert_eq!(refused.code(), "invalid_response");
    })
    .await;
}
