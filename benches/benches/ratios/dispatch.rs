//! Dispatch of a call without a mesh.

use std::hint::black_box;

use hecate_om::__private::LocalDispatch;
use hecate_om_benches::{Table, Unit, timed};
use macula_rust::cbor;
use tokio::runtime::Runtime;

use crate::TEXT;

/// Calls of a round.
const CALLS: u32 = 500;

/// Compares dispatching a request of 64 bytes (decode, guard, handler, encode) with only decoding
/// and encoding its bytes.
pub(crate) fn dispatch(table: &mut Table, runtime: &Runtime) {
    let request = LocalDispatch::encode(&TEXT[..64]);
    let local = LocalDispatch::echo();
    let per_call = |round: std::time::Duration| round.as_secs_f64() / f64::from(CALLS);
    table
        .row("dispatch of a call (its bytes' codec)")
        .brief()
        .compare(
            Unit::Time,
            || {
                per_call(timed(|| {
                    runtime.block_on(async {
                        for _ in 0..CALLS {
                            black_box(local.dispatch(black_box(&request)).await);
                        }
                    });
                }))
            },
            || {
                per_call(timed(|| {
                    for _ in 0..CALLS {
                        let value = cbor::decode(black_box(&request)).expect("the request decodes");
                        black_box(cbor::encode(&value).expect("the value encodes"));
                    }
                }))
            },
        );
}
