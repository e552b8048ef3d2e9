//! REGISTER_ACK, the station's answer to ADVERTISE, UNADVERTISE, SUBSCRIBE and UNSUBSCRIBE (wire
//! 1.0 §3.5). macula-rust can read these frames but not build them.

use macula_rust::cbor::Value;
use macula_rust::frame::PROTOCOL_VERSION;

use crate::clock::{now_ms, uuid_v7};
use crate::frames::{encode_frame, truncate};
use crate::link::Link;
use crate::name::{MAX_NAME_BYTES, QualifiedName};
use crate::policy::RegistrationRefusal;

/// The acknowledged frame, with the id that the acknowledgement repeats.
#[derive(Debug, Clone, Copy)]
pub(super) enum Acknowledged {
    Advertise { version: [u8; 16] },
    Unadvertise { version: [u8; 16] },
    Subscribe { subscriber: [u8; 32] },
    Unsubscribe { subscriber: [u8; 32] },
}

/// Sends the acknowledgement of a registration of `name`.
pub(super) fn acknowledge(
    link: &Link,
    acknowledged: Acknowledged,
    name: &QualifiedName,
    outcome: Result<(), RegistrationRefusal>,
) {
    if let Err(refusal) = outcome {
        tracing::debug!(
            node = hex::encode(link.node),
            name = name.text,
            ?acknowledged,
            refusal = refusal.name(),
            "registration refused"
        );
    }
    if let Some(frame) = encode_frame(&register_ack(acknowledged, name, outcome)) {
        link.send(frame);
    }
}

fn register_ack(
    acknowledged: Acknowledged,
    name: &QualifiedName,
    outcome: Result<(), RegistrationRefusal>,
) -> Value {
    let (kind, key, id) = match acknowledged {
        Acknowledged::Advertise { version } => ("advertise", "record_version", version.to_vec()),
        Acknowledged::Unadvertise { version } => {
            ("unadvertise", "record_version", version.to_vec())
        }
        Acknowledged::Subscribe { subscriber } => ("subscribe", "subscriber", subscriber.to_vec()),
        Acknowledged::Unsubscribe { subscriber } => {
            ("unsubscribe", "subscriber", subscriber.to_vec())
        }
    };
    let entry = |key: &str, value: Value| (Value::text(key), value);
    let mut fields = vec![
        entry("version", Value::Int(PROTOCOL_VERSION.into())),
        entry("frame_type", Value::text("register_ack")),
        entry("frame_id", Value::Bytes(uuid_v7().to_vec())),
        entry("sent_at_ms", Value::Int(now_ms().into())),
        entry("kind", Value::text(kind)),
        entry("realm", Value::Bytes(name.realm.to_vec())),
        // A longer name is refused; the acknowledgement can only repeat the start of the name.
        entry("name", Value::text(truncate(&name.text, MAX_NAME_BYTES))),
        entry(key, Value::Bytes(id)),
        entry("accepted", Value::Int(outcome.is_ok().into())),
    ];
    if let Err(refusal) = outcome {
        fields.push(entry("reason", Value::text(refusal.name())));
    }
    Value::Map(fields)
}

#[cfg(test)]
mod tests {
    use macula_rust::frame::{self, read_register_ack};

    use super::*;

    #[test]
    fn macula_rust_reads_every_acknowledgement() {
        let name = QualifiedName::new([7; 32], "acme/echo");
        let (version, subscriber) = ([1; 16], [2; 32]);
        let frames = [
            Acknowledged::Advertise { version },
            Acknowledged::Unadvertise { version },
            Acknowledged::Subscribe { subscriber },
            Acknowledged::Unsubscribe { subscriber },
        ];
        for acknowledged in frames {
            for outcome in [Ok(()), Err(RegistrationRefusal::NotAuthorized)] {
                let read = read_register_ack(&register_ack(acknowledged, &name, outcome))
                    .unwrap()
                    .unwrap();
                assert_eq!(read.name, name.text);
                assert_eq!(read.realm, name.realm);
                let reason = outcome.err().map(|refusal| refusal.name().to_owned());
                assert_eq!(read.refusal, reason);
                let expected = match acknowledged {
                    Acknowledged::Advertise { .. } | Acknowledged::Unadvertise { .. } => {
                        frame::Answered::Advertisement {
                            record_version: version,
                        }
                    }
                    _ => frame::Answered::Subscription { subscriber },
                };
                assert_eq!(read.answered, expected);
            }
        }
    }

    #[test]
    fn a_name_over_the_limit_is_cut_between_characters() {
        let name = QualifiedName::new([7; 32], "é".repeat(300));
        let refused = Err(RegistrationRefusal::NameTooLong);
        let ack = register_ack(Acknowledged::Advertise { version: [1; 16] }, &name, refused);
        let read = read_register_ack(&ack).unwrap().unwrap();
        assert_eq!(read.name, "é".repeat(256));
        assert_eq!(read.refusal.as_deref(), Some("name_too_long"));
    }
}
