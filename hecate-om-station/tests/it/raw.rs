//! A client without macula-rust's link: it sends any frame, and reads only on demand.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use hecate_om_station::Station;
use hecate_om_test_support::{RawLink, read_frame, write_frame};
use macula_rust::binding::SignedTbs;
use macula_rust::cbor::{self, Value};
use macula_rust::frame::{self, RequestSpec};
use macula_rust::node_key::NodeKey;
use macula_rust::record::{
    self, ProcedureAdvertisementOptions, Record, new_procedure_advertisement,
};
use macula_rust::transport::{Dialed, Target};
use quinn::{RecvStream, SendStream};

use crate::clients::{PROFILE, TIMEOUT, identity};

pub(crate) struct Raw {
    pub(crate) key: Arc<NodeKey>,
    pub(crate) dialed: Dialed,
    /// The status statement of its CONNECT.
    pub(crate) status: SignedTbs,
    send: SendStream,
    recv: RecvStream,
}

pub(crate) fn target(station: &Station) -> Target {
    Target {
        host: station.addr().ip().to_string(),
        port: station.addr().port(),
        profile: PROFILE,
        expected_node_id: station.node_id(),
    }
}

impl Raw {
    /// Links a client to `station`.
    pub(crate) async fn link(station: &Station) -> Self {
        let key = identity(PROFILE);
        let link = RawLink::new(&target(station), key).await.unwrap();
        Self {
            key: link.key,
            dialed: link.dialed,
            status: link.status,
            send: link.send,
            recv: link.recv,
        }
    }

    pub(crate) fn node_id(&self) -> [u8; 32] {
        self.key.node_id().unwrap()
    }

    pub(crate) async fn send(&mut self, frame: &Value) {
        self.send_cbor(&cbor::encode(frame).unwrap()).await;
    }

    pub(crate) async fn send_cbor(&mut self, cbor: &[u8]) {
        write_frame(&mut self.send, cbor).await.unwrap();
    }

    /// Reads the next frame of `frame_type` and drops all before it.
    pub(crate) async fn next(&mut self, frame_type: &str) -> Value {
        self.until(frame_type).await.1
    }

    /// Reads the next frame of `frame_type`. Also returns all before it.
    async fn until(&mut self, frame_type: &str) -> (Vec<Value>, Value) {
        let until = async {
            let mut before = Vec::new();
            loop {
                let frame = cbor::decode(&read(&mut self.recv).await.unwrap()).unwrap();
                if frame.get("frame_type") == Some(&Value::text(frame_type)) {
                    return (before, frame);
                }
                before.push(frame);
            }
        };
        tokio::time::timeout(TIMEOUT, until).await.unwrap()
    }

    /// Sends a liveness probe and waits for its answer: then the station has handled every earlier
    /// frame, and the link is up. Returns the frames received before the answer.
    pub(crate) async fn probe(&mut self) -> Vec<Value> {
        let nonce = [5; 16];
        self.send(&frame::liveness_ping_frame(&nonce)).await;
        let (before, pong) = self.until("liveness_pong").await;
        assert_eq!(pong.get("nonce"), Some(&Value::Bytes(nonce.to_vec())));
        before
    }

    /// Advertises a procedure in the client's own namespace, and returns the record.
    pub(crate) async fn advertise(
        &mut self,
        station: &Station,
        realm: &[u8; 32],
        procedure: &str,
    ) -> Record {
        let unsigned = self.advertisement(station, realm, procedure);
        self.advertise_record(&unsigned).await
    }

    /// Returns an unsigned advertisement of a procedure in the client's own namespace.
    pub(crate) fn advertisement(
        &self,
        station: &Station,
        realm: &[u8; 32],
        procedure: &str,
    ) -> Record {
        let options = ProcedureAdvertisementOptions::default();
        let stations = [station.node_id()];
        let unsigned =
            new_procedure_advertisement(&self.node_id(), realm, procedure, &stations, &options);
        unsigned.unwrap()
    }

    /// Signs and sends an advertisement, which the station has to accept.
    pub(crate) async fn advertise_record(&mut self, unsigned: &Record) -> Record {
        let signed = self.try_advertise_record(unsigned).await;
        signed.expect("the station accepts it")
    }

    /// Signs and sends an advertisement; `None` if the station refuses it.
    pub(crate) async fn try_advertise_record(&mut self, unsigned: &Record) -> Option<Record> {
        let signed = record::sign(unsigned, &self.key).unwrap();
        let wire = record::encode(&signed).unwrap();
        self.send(&frame::advertise_frame(&wire)).await;
        let ack = self.next("register_ack").await;
        (ack.get("accepted") == Some(&Value::Int(1))).then_some(signed)
    }

    /// Returns a signed CALL of `procedure` at `target`.
    pub(crate) fn call(&self, realm: [u8; 32], procedure: &str, target: [u8; 32]) -> Value {
        static CALLS: AtomicU64 = AtomicU64::new(0);
        let n = CALLS.fetch_add(1, Ordering::Relaxed);
        let spec = RequestSpec {
            request_id: u128::from(n).to_be_bytes(),
            realm,
            procedure: procedure.to_owned(),
            target,
            deadline: u64::try_from(now_ms() + 60_000).unwrap(),
            payload: Value::Null,
            sealed: None,
            mode: None,
            token: None,
            proofs: Vec::new(),
            source_route: None,
            retry_budget: None,
        };
        frame::sign_call(&spec, &self.key).unwrap()
    }

    /// Waits until the station closes the connection, and returns how.
    pub(crate) async fn closed(&self) -> String {
        let closed = self.dialed.connection.closed();
        let closed = tokio::time::timeout(TIMEOUT, closed).await.unwrap();
        closed.to_string()
    }
}

/// Counts the frames of `frame_type`.
pub(crate) fn count_type(frames: &[Value], frame_type: &str) -> usize {
    let frame_type = Value::text(frame_type);
    let matches = |frame: &&Value| frame.get("frame_type") == Some(&frame_type);
    frames.iter().filter(matches).count()
}

pub(crate) async fn read(recv: &mut RecvStream) -> Option<Vec<u8>> {
    read_frame(recv).await.ok()
}

pub(crate) fn now_ms() -> i64 {
    let elapsed = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    i64::try_from(elapsed.unwrap().as_millis()).unwrap()
}
