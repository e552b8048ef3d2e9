//! Commands to the processes of a bench: a line of the standard input each.

use tokio::task::JoinSet;

/// Folder of the mesh, set in a process that uses `macula-rust` directly.
pub const MESH: &str = "HECATE_BENCH_BARE_MESH";
/// Org of such a process.
pub const ORG: &str = "HECATE_BENCH_BARE_ORG";
/// Set in such a process that serves nothing, and calls `<org>/echo.say`.
pub const CALLS_ONLY: &str = "HECATE_BENCH_BARE_CALLS_ONLY";

/// Returns the next line of the standard input, as a word and numbers; `None`
/// at its end.
///
/// # Panics
///
/// If the line is not a command.
pub async fn next_command() -> Option<(String, Vec<usize>)> {
    let mut line = String::new();
    let line = tokio::task::spawn_blocking(move || {
        let read = std::io::stdin().read_line(&mut line);
        read.ok().filter(|bytes| *bytes > 0).map(|_| line)
    });
    let line = line.await.expect("reading does not panic")?;
    let mut words = line.split_whitespace();
    let command = words.next().unwrap_or_default().to_owned();
    let numbers = words.map(|word| word.parse().expect("a number"));
    Some((command, numbers.collect()))
}

/// Makes `each` calls by each of `callers` tasks, with a text of `bytes` bytes.
///
/// # Panics
///
/// If a call panics.
pub async fn calls<F: Future<Output = ()> + Send + 'static>(
    callers: usize,
    each: usize,
    bytes: usize,
    call: impl Fn(String) -> F + Clone + Send + Sync + 'static,
) {
    let text = "x".repeat(bytes);
    let mut tasks = JoinSet::new();
    for _ in 0..callers {
        let (call, text) = (call.clone(), text.clone());
        tasks.spawn(async move {
            for _ in 0..each {
                call(text.clone()).await;
            }
        });
    }
    while let Some(ended) = tasks.join_next().await {
        ended.expect("every call is answered");
    }
}
