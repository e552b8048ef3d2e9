//! Calls, compared with `macula-rust`.

use std::time::Duration;

use hecate_om_benches::{compare, timed};
use hecate_om_tests::Sandbox;
use macula_rust::cbor::Value;
use tokio::runtime::Runtime;

use crate::TEXT;
use crate::bare::{Bare, bare_provider};
use crate::{client, mesh_folder};

/// Makes the same calls to two providers, each in its own process.
pub(crate) fn calls(runtime: &Runtime) {
    let machine = Sandbox::new();
    let _mesh = machine.mesh();
    let _echo = machine.start("hecate-echo");
    let dir = mesh_folder(&machine);
    let _provider = bare_provider(&dir);
    let client = client(runtime, &machine);
    let bare = runtime.block_on(Bare::connect(&dir));

    let ours_once = || async {
        let answer: String = client
            .mesh()
            .procedure("hecate-echo/echo.say")
            .timeout(Duration::from_secs(60))
            .call(TEXT)
            .await
            .expect("the call is answered");
        assert_eq!(answer, TEXT);
    };
    let bare_once = || async {
        assert_eq!(bare.call().await, Value::text(TEXT));
    };
    let sequential = 100;
    compare(
        "100 calls in a row (vs macula-rust)",
        15,
        || {
            timed(|| {
                runtime.block_on(async {
                    for _ in 0..sequential {
                        ours_once().await
                    }
                })
            })
        },
        || {
            timed(|| {
                runtime.block_on(async {
                    for _ in 0..sequential {
                        bare_once().await
                    }
                })
            })
        },
    );
    compare(
        "32 callers, 10 calls each (vs macula-rust)",
        15,
        || {
            timed(|| {
                runtime.block_on(concurrently(|| async {
                    for _ in 0..10 {
                        ours_once().await
                    }
                }))
            })
        },
        || {
            timed(|| {
                runtime.block_on(concurrently(|| async {
                    for _ in 0..10 {
                        bare_once().await
                    }
                }))
            })
        },
    );
    runtime.block_on(client.close());
}

/// Runs 32 futures concurrently on this task.
async fn concurrently<F: Future<Output = ()>>(work: impl Fn() -> F) {
    let mut all: Vec<_> = (0..32).map(|_| Box::pin(work())).collect();
    std::future::poll_fn(|cx| {
        all.retain_mut(|future| future.as_mut().poll(cx).is_pending());
        if all.is_empty() {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
}
