//! Dispatch of a call without a mesh.

use std::hint::black_box;

use hecate_om::__private::LocalDispatch;
use hecate_om_benches::{compare, timed};
use macula_rust::cbor;
use tokio::runtime::Runtime;

use crate::TEXT;

/// Compares dispatching a request (decode, guard, handler, encode) with only decoding and encoding
/// its bytes.
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
                let value = cbor::decode(black_box(&request)).expect("the request decodes");
                black_box(cbor::encode(&value).expect("the value encodes"));
            }
        })
    };
    let per_call = ours() / CALLS;
    println!(
        "{:<44} {per_call:>12?} a call of 64 bytes",
        "dispatch alone"
    );
    compare("dispatch (vs the bytes' own codec)", 9, ours, bare);
}
