//! Frames of a client: valid ones, and with damage before or after their signature.

use arbitrary::{Result, Unstructured};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use macula_rust::cbor::{self, Value};
use macula_rust::frame::{
    self, Payload, PublicationSpec, RequestSpec, StreamMode, advertise_frame, goodbye_frame,
    liveness_ping_frame, liveness_pong_frame, subscribe_frame, unadvertise_frame,
    unsubscribe_frame, verify_request,
};
use macula_rust::handshake::{self, Ranges};
use macula_rust::record::{
    self, ProcedureAdvertisementOptions, Reason, Record, TombstoneOptions,
    new_procedure_advertisement, new_tombstone, own_procedure,
};
use macula_rust::signed_object::sign_object;

use super::hex;
use super::linked::{LinkedClient, PROFILE, now_ms};
use crate::generators::cbor::{damage, value};
use crate::generators::{bytes, text};

/// A frame, encoded.
pub(super) enum Frame {
    Control(Vec<u8>),
    StreamOpen(Vec<u8>),
    Handshake { opener: Vec<u8>, damage: Vec<u8> },
}

/// The signed object in a frame: its field, and the label of its signature.
type SignedField = (&'static str, &'static str);

const REQUEST: SignedField = ("request", "MACULA-PQ-REQUEST-V1");
const REPLY: SignedField = ("reply", "MACULA-PQ-REPLY-V1");
const PUBLICATION: SignedField = ("publication", "MACULA-PQ-PUBLICATION-V1");
const ADVERTISEMENT: SignedField = ("advertisement", "MACULA-PQ-RECORD-V1");
const WITHDRAWAL: SignedField = ("withdrawal", "MACULA-PQ-RECORD-V1");

/// Time until the deadline of a request, in milliseconds.
const DEADLINE_MS: u64 = 60_000;

/// Returns any frame.
pub(super) fn any_frame(client: &LinkedClient, u: &mut Unstructured<'_>) -> Result<Frame> {
    let (mut frame, signed) = match u.int_in_range(0..=12)? {
        0 => return handshake_frame(u),
        1..=3 => (call(client, u)?, Some(REQUEST)),
        4 => (stream_open(client, u)?, Some(REQUEST)),
        5 => (publish(client, u)?, Some(PUBLICATION)),
        6 => {
            let advertisement = sign_record(client, &advertisement(client, u)?);
            (advertise_frame(&advertisement), Some(ADVERTISEMENT))
        }
        7 => {
            let withdrawn = advertisement(client, u)?;
            let tombstone =
                new_tombstone(&withdrawn, Reason::Revoked, &TombstoneOptions::default());
            let tombstone = tombstone.expect("an advertisement can be withdrawn");
            (
                unadvertise_frame(&sign_record(client, &tombstone)),
                Some(WITHDRAWAL),
            )
        }
        8 => (reply(client, u)?, Some(REPLY)),
        _ => (unsigned_frame(client, u)?, None),
    };
    if let Some((field, label)) = signed
        && u.arbitrary()?
    {
        frame = damage_signed(client, frame, field, label, u)?;
    }
    for _ in 0..u.int_in_range(0..=2)? {
        damage(&mut frame, u)?;
    }
    let is_open = frame.get("frame_type") == Some(&Value::text("stream_open"));
    let encoded = cbor::encode(&frame).unwrap_or_default();
    Ok(if is_open {
        Frame::StreamOpen(encoded)
    } else {
        Frame::Control(encoded)
    })
}

fn handshake_frame(u: &mut Unstructured<'_>) -> Result<Frame> {
    let opener = handshake::opener(&Ranges::supported(PROFILE));
    let mut value = cbor::decode(&opener).expect("an opener is CBOR");
    for _ in 0..u.int_in_range(0..=1)? {
        damage(&mut value, u)?;
    }
    Ok(Frame::Handshake {
        opener: cbor::encode(&value).unwrap_or(opener),
        damage: bytes(u, 20)?,
    })
}

/// Returns a call of the station's own procedures, or of any other one.
fn call(client: &LinkedClient, u: &mut Unstructured<'_>) -> Result<Value> {
    let realm = client.realm();
    let in_realm = |name| format!("{}/_realm/_realm/identity/{name}", realm.name);
    let (id, procedure, payload) = match u.int_in_range(0..=6)? {
        0 => {
            let record = Value::Bytes(sign_record(client, &advertisement(client, u)?));
            (
                [0; 32],
                "_dht.put_record".to_owned(),
                dht_arguments("record", record),
            )
        }
        1 => {
            let name = *u.choose(&["_dht.find_record", "_dht.find_records"])?;
            let key = Value::Bytes(vec![u.arbitrary()?; 32]);
            ([0; 32], name.to_owned(), dht_arguments("key", key))
        }
        2 => {
            let record_type = Value::Int(u.arbitrary::<u8>()?.into());
            let procedure = "_dht.find_records_by_type".to_owned();
            ([0; 32], procedure, dht_arguments("type", record_type))
        }
        3 => (
            realm.id,
            in_realm("request_provider_authorization_v1"),
            map(vec![
                ("org", Value::text(text(u, 20)?)),
                ("service_name", value(u)?),
            ]),
        ),
        4 => (
            realm.id,
            in_realm("issue_membership_ucan_v1"),
            ucan_request(client, u)?,
        ),
        _ => (realm.id, text(u, 40)?, value(u)?),
    };
    let spec = spec(client, u, id, procedure, payload)?;
    Ok(frame::sign_call(&spec, &client.key).unwrap_or(Value::Null))
}

fn stream_open(client: &LinkedClient, u: &mut Unstructured<'_>) -> Result<Value> {
    let payload = value(u)?;
    let spec = RequestSpec {
        mode: Some(StreamMode::Bidi),
        ..spec(client, u, [9; 32], "acme/echo".to_owned(), payload)?
    };
    Ok(frame::sign_stream_open(&spec, &client.key).unwrap_or(Value::Null))
}

fn spec(
    client: &LinkedClient,
    u: &mut Unstructured<'_>,
    realm: [u8; 32],
    procedure: String,
    payload: Value,
) -> Result<RequestSpec> {
    let target = if u.ratio(7, 8)? {
        client.station_node()
    } else {
        client.node()
    };
    Ok(RequestSpec {
        request_id: u.arbitrary()?,
        realm,
        procedure,
        target,
        deadline: now_ms() + DEADLINE_MS,
        payload,
        sealed: None,
        mode: None,
        token: u.arbitrary()?,
        proofs: Vec::new(),
        source_route: None,
        retry_budget: None,
    })
}

/// Returns a result of the client, as if the station had forwarded a request to the client.
fn reply(client: &LinkedClient, u: &mut Unstructured<'_>) -> Result<Value> {
    let spec = RequestSpec {
        target: client.node(),
        ..spec(client, u, [9; 32], "acme/echo".to_owned(), Value::Null)?
    };
    let payload = value(u)?;
    let request = frame::sign_call(&spec, &client.key).expect("a call is signed");
    let request = verify_request(&request, PROFILE).expect("a call verifies");
    Ok(frame::sign_result(&request, &payload, None, &client.key).unwrap_or(Value::Null))
}

fn publish(client: &LinkedClient, u: &mut Unstructured<'_>) -> Result<Value> {
    let spec = PublicationSpec {
        realm: [9; 32],
        topic: text(u, 40)?,
        seq: u.int_in_range(0..=100)?,
        published_at: now_ms(),
        payload: Payload::Clear(value(u)?),
        ttl_ms: None,
    };
    Ok(frame::sign_publish(&spec, &client.key).unwrap_or(Value::Null))
}

fn unsigned_frame(client: &LinkedClient, u: &mut Unstructured<'_>) -> Result<Value> {
    let topic = text(u, 600)?;
    let (topic, realm, node) = (topic.as_bytes(), [9; 32], client.node());
    let frame = match u.int_in_range(0..=5)? {
        0 => subscribe_frame(topic, &realm, &node),
        1 => unsubscribe_frame(topic, &realm, &node),
        2 => Ok(liveness_ping_frame(&u.arbitrary()?)),
        3 => Ok(liveness_pong_frame(&u.arbitrary()?)),
        4 => goodbye_frame("bye", Some(topic)),
        _ => Ok(map(vec![
            ("version", Value::Int(5)),
            ("frame_type", Value::text("status")),
            ("statement", value(u)?),
        ])),
    };
    Ok(frame.unwrap_or(Value::Null))
}

/// Returns an unsigned advertisement of a procedure, in the client's own namespace or any other.
fn advertisement(client: &LinkedClient, u: &mut Unstructured<'_>) -> Result<Record> {
    let (node, stations) = (client.node(), [client.station_node()]);
    let options = ProcedureAdvertisementOptions::default();
    let new = |procedure: &str| {
        new_procedure_advertisement(&node, &[9; 32], procedure, &stations, &options)
    };
    let own = own_procedure(&node, "echo");
    let any = if u.ratio(1, 4)? {
        text(u, 600)?
    } else {
        own.clone()
    };
    Ok(new(&any)
        .or_else(|_| new(&own))
        .expect("an own procedure can be advertised"))
}

/// Signs a record; a record that cannot be signed is empty.
fn sign_record(client: &LinkedClient, record: &Record) -> Vec<u8> {
    let signed = record::sign(record, &client.key);
    signed
        .and_then(|signed| record::encode(&signed))
        .unwrap_or_default()
}

/// Returns a node's request to its realm for a UCAN, with its proof.
fn ucan_request(client: &LinkedClient, u: &mut Unstructured<'_>) -> Result<Value> {
    let public = client.key.public_key();
    let mut request = vec![
        ("public_key", Value::text(STANDARD.encode(&public))),
        ("org", Value::text(text(u, 20)?)),
        ("actions", value(u)?),
        ("resources", value(u)?),
        ("ttl_seconds", value(u)?),
    ];
    let nonce: [u8; 16] = u.arbitrary()?;
    let timestamp = Value::Int(now_ms().into());
    let message = map(vec![
        ("tag", Value::text("macula.realm.device_request")),
        ("v", Value::Int(2)),
        ("public_key", Value::Bytes(public)),
        ("realm", Value::Bytes(client.realm().id.to_vec())),
        ("procedure", Value::text("macula_realm.membership_ucan")),
        ("timestamp", timestamp.clone()),
        ("nonce", Value::Bytes(nonce.to_vec())),
        ("request", map(request.clone())),
    ]);
    let message = cbor::encode(&message).unwrap_or_default();
    let signature = client.key.sign(&message).expect("a key signs");
    let mut proof = map(vec![
        ("v", Value::Int(2)),
        ("timestamp", timestamp),
        ("nonce", Value::text(hex(&nonce))),
        ("signature", Value::text(hex(&signature))),
    ]);
    if u.ratio(1, 4)? {
        damage(&mut proof, u)?;
    }
    request.push(("proof", proof));
    Ok(map(request))
}

/// Damages the signed part of a frame, and signs it again.
fn damage_signed(
    client: &LinkedClient,
    frame: Value,
    field: &str,
    label: &str,
    u: &mut Unstructured<'_>,
) -> Result<Value> {
    let is_record = matches!(frame.get(field), Some(Value::Bytes(_)));
    let object = match frame.get(field) {
        Some(Value::Bytes(encoded)) => cbor::decode(encoded).unwrap_or(Value::Null),
        other => other.cloned().unwrap_or(Value::Null),
    };
    let Some(Value::Bytes(tbs)) = object.get("tbs") else {
        return Ok(frame);
    };
    let mut fields = cbor::decode(tbs).unwrap_or(Value::Null);
    for _ in 0..u.int_in_range(1..=3)? {
        damage(&mut fields, u)?;
    }
    let Value::Map(fields) = fields else {
        return Ok(frame);
    };
    // Fields without a text as their key cannot be signed.
    let Ok(signed) = sign_object(label, &fields, &client.key) else {
        return Ok(frame);
    };
    let signed = match signed.to_value() {
        signed if is_record => Value::Bytes(cbor::encode(&signed).unwrap_or_default()),
        signed => signed,
    };
    Ok(frame.with_field(field, signed))
}

fn dht_arguments(name: &'static str, argument: Value) -> Value {
    map(vec![("v", Value::Int(1)), (name, argument)])
}

fn map(pairs: Vec<(&str, Value)>) -> Value {
    let pairs = pairs.into_iter();
    Value::Map(
        pairs
            .map(|(key, value)| (Value::text(key), value))
            .collect(),
    )
}
