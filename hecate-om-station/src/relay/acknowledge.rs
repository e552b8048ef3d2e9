//! REGISTER_ACK, the station's answer to ADVERTISE, UNADVERTISE, SUBSCRIBE
//! and UNSUBSCRIBE (wire 1.0 §3.5). macula-rust reads one and builds none.

use macula_rust::cbor::Value;
use macula_rust::frame::PROTOCOL_VERSION;

use super::Name;
use super::name::MAX_NAME_BYTES;
use crate::clock::{now_ms, uuid_v7};
use crate::config::RegistrationRefusal as Refusal;
use crate::session::{Link, framed_value};

/// The frame an acknowledgement answers, with what it names of it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Answered {
    Advertise { version: [u8; 16] },
    Unadvertise { version: [u8; 16] },
    Subscribe { subscriber: [u8; 32] },
    Unsubscribe { subscriber: [u8; 32] },
}

/// Answers a registration of `name`.
pub(super) fn acknowledge(
    link: &Link,
    answered: Answered,
    name: &Name,
    outcome: Result<(), Refusal>,
) {
    if let Err(refusal) = outcome {
        tracing::debug!(
            node = hex::encode(link.node),
            name = name.text,
            ?answered,
            refusal = refusal.name(),
            "registration refused"
        );
    }
    if let Some(frame) = framed_value(&register_ack(answered, name, outcome)) {
        link.send(frame);
    }
}

fn register_ack(answered: Answered, name: &Name, outcome: Result<(), Refusal>) -> Value {
    let (kind, key, named) = match answered {
        Answered::Advertise { version } => ("advertise", "record_version", version.to_vec()),
        Answered::Unadvertise { version } => ("unadvertise", "record_version", version.to_vec()),
        Answered::Subscribe { subscriber } => ("subscribe", "subscriber", subscriber.to_vec()),
        Answered::Unsubscribe { subscriber } => ("unsubscribe", "subscriber", subscriber.to_vec()),
    };
    let entry = |key: &str, value: Value| (Value::text(key), value);
    let mut fields = vec![
        entry("version", Value::Int(PROTOCOL_VERSION.into())),
        entry("frame_type", Value::text("register_ack")),
        entry("frame_id", Value::Bytes(uuid_v7().to_vec())),
        entry("sent_at_ms", Value::Int(now_ms().into())),
        entry("kind", Value::text(kind)),
        entry("realm", Value::Bytes(name.realm.to_vec())),
        entry("name", Value::text(within_bound(&name.text))),
        entry(key, Value::Bytes(named)),
        entry("accepted", Value::Int(outcome.is_ok().into())),
    ];
    if let Err(refusal) = outcome {
        fields.push(entry("reason", Value::text(refusal.name())));
    }
    Value::Map(fields)
}

/// A name over the bound is refused, and its acknowledgement, to read at all,
/// names as much of it as fits.
fn within_bound(name: &str) -> &str {
    let mut end = name.len().min(MAX_NAME_BYTES);
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    &name[..end]
}

#[cfg(test)]
mod tests {
    use macula_rust::frame::{self, read_register_ack};

    use super::*;

    #[test]
    fn every_acknowledgement_reads_back_as_macula_reads_it() {
        let name = Name::new([7; 32], "acme/echo");
        let (version, subscriber) = ([1; 16], [2; 32]);
        let answers = [
            Answered::Advertise { version },
            Answered::Unadvertise { version },
            Answered::Subscribe { subscriber },
            Answered::Unsubscribe { subscriber },
        ];
        for answered in answers {
            for outcome in [Ok(()), Err(Refusal::NotAuthorized)] {
                let read = read_register_ack(&register_ack(answered, &name, outcome))
                    .unwrap()
                    .unwrap();
                assert_eq!(read.name, name.text);
                assert_eq!(read.realm, name.realm);
                let reason = outcome.err().map(|refusal| refusal.name().to_owned());
                assert_eq!(read.refusal, reason);
                let expected = match answered {
                    Answered::Advertise { .. } | Answered::Unadvertise { .. } => {
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
    fn a_name_over_the_bound_is_cut_at_a_character() {
        let name = Name::new([7; 32], "é".repeat(300));
        let refused = Err(Refusal::NameTooLong);
        let ack = register_ack(Answered::Advertise { version: [1; 16] }, &name, refused);
        let read = read_register_ack(&ack).unwrap().unwrap();
        assert_eq!(read.name, "é".repeat(256));
        assert_eq!(read.refusal.as_deref(), Some("name_too_long"));
    }
}
