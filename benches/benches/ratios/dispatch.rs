//! The dispatch alone.

use std::hint::black_box;

use hecate_om::__private::LocalDispatch;
use hecate_om_benches::{compare, timed};
use macula_rust::cbor;
use tokio::runtime::Runtime;

use crate::TEXT;

/// From the request's bytes to the answer's: decode, guard, handler, encode; against the bytes decoded and
/// encoded with nothing between, which every provider does.
pub(crate) fn dispatch(runtime: &Runtime) {
    const CALLS: u32 = 20_000;
    let request = LocalDispatch::encode(&TEXT[..64]);
    let local = LocalDispatch::echo();
    let ours = || {
        timed(|| {
            runtime.block_on(async {
                for _ in 0..CALLS {
                    black_box(local.dispatch(black_box(&request)).await);
                }
            });
        })
    };
    let bare = || {
        timed(|| {
            for _ in 0..CALLS {
                let value = cbor::decode(black_box(&request)).expect("it was encoded");
                black_box(cbor::encode(&value).expect("it was decoded"));
            }
        })
    };
    let one = ours() / CALLS;
    println!("{:<44} {one:>12?} a call of 64 bytes", "dispatch alone");
    compare("dispatch (vs the bytes' own codec)", 9, ours, bare);
}
