//! `/health`, compared with axum alone.

use std::net::Ipv4Addr;

use axum::Router;
use axum::routing::get;
use hecate_om_benches::{Table, timed};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use crate::world::World;

/// Requests of a round, each on a connection of its own.
const REQUESTS: usize = 200;

/// Compares `/health` with a fixed response of the same size by axum.
pub(crate) fn health(table: &mut Table, runtime: &Runtime) {
    let world = World::start();
    let echo = world.service("hecate-echo");
    let (_, body) = hecate_om_tests::get(&echo.health, "/health").expect("it responds");
    let body: &'static str = body.leak();
    let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)));
    let listener = listener.expect("a port is free");
    let address = listener.local_addr().expect("it is bound").to_string();
    let bare = Router::new().route("/health", get(move || async move { body }));
    runtime.spawn(async { axum::serve(listener, bare).await });
    table.row("GET /health (axum alone)").rate(
        REQUESTS,
        || timed(|| request(&echo.health)),
        || timed(|| request(&address)),
    );
}

fn request(address: &str) {
    for _ in 0..REQUESTS {
        let (status, _) = hecate_om_tests::get(address, "/health").expect("it responds");
        assert_eq!(status, 200);
    }
}
