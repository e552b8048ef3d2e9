//! A node that announces contents of the services, and answers fetches with other bytes.

use hecate_om::Mesh;
use hecate_om::macula::cbor::Value;
use hecate_om::macula::frame::StreamMode;
use hecate_om::macula::pool::{CONTENT_PROCEDURE, Offer};
use hecate_om::macula::record;
use hecate_om::macula::station_link::stream_handler;

/// Sizes of the contents that it announces, each smaller than a chunk.
pub(crate) const SIZES: [u64; 4] = [1_000, 20_000, 80_000, 200_000];

/// Announces the contents on the current links, and answers from then on.
pub(crate) async fn lie(mesh: &Mesh) -> Result<(), String> {
    let handles = mesh.handles().ok_or("no station is linked")?;
    let (pool, realm) = (handles.pool(), handles.realm_id());
    let answer = stream_handler(|stream| async move {
        let mcid = stream.request().payload.get("mcid").cloned();
        let lie = Value::Map(vec![
            (Value::text("kind"), Value::text("block")),
            (Value::text("mcid"), mcid.unwrap_or(Value::Null)),
            (Value::text("bytes"), Value::Bytes(b"a lie".to_vec())),
        ]);
        let sent = stream.send_value(lie).await;
        sent.map_err(|error| error.to_string())?;
        stream.close().await.map_err(|error| error.to_string())
    });
    let procedure = record::own_procedure(&pool.node_id(), CONTENT_PROCEDURE);
    let offer = Offer::stream(realm, &procedure, StreamMode::ServerStream, answer);
    pool.serve(offer).await.map_err(|error| error.to_string())?;
    for size in SIZES {
        let bytes: Vec<u8> = (0..size).map(|at| at as u8).collect();
        let announced = pool.share_content(&realm, &bytes, "").await;
        announced.map_err(|error| error.to_string())?;
    }
    Ok(())
}
