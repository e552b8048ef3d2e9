//! Calls between services and from clients, few and many.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use hecate_om_tests::{Sandbox, runtime};

#[test]
fn five_thousand_calls_in_a_row_and_five_thousand_from_sixty_four_callers_are_answered() {
    let machine = Sandbox::new();
    let _echo = machine.start("hecate-echo");
    runtime().block_on(async {
        let client = machine.client().await;
        for n in 0..5_000 {
            let text = format!("call {n}");
            let answer: String = client
                .mesh()
                .procedure("hecate-echo/echo.say")
                .call(&text)
                .await
                .unwrap_or_else(|error| panic!("call {n}: {error}"));
            assert_eq!(answer, text);
        }
        let next = Arc::new(AtomicUsize::new(0));
        let callers: Vec<_> = (0..64)
            .map(|_| {
                let (mesh, next) = (client.mesh().clone(), Arc::clone(&next));
                tokio::spawn(async move {
                    let mut answered = 0;
                    loop {
                        let n = next.fetch_add(1, Ordering::Relaxed);
                        if n >= 5_000 {
                            return answered;
                        }
                        let answer: usize = mesh
                            .procedure("hecate-echo/echo.say")
                            .timeout(std::time::Duration::from_secs(60))
                            .call::<_, String>(&n.to_string())
                            .await
                            .unwrap_or_else(|error| panic!("call {n}: {error}"))
                            .parse()
                            .unwrap();
                        assert_eq!(answer, n);
                        answered += 1;
                    }
                })
            })
            .collect();
        let mut answered = 0;
        for caller in callers {
            answered += caller.await.unwrap();
        }
        assert_eq!(answered, 5_000);
        client.close().await;
    });
}
