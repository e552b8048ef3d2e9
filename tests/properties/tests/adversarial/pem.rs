//! Files of certificates.

use std::time::{Duration, SystemTime};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, CustomExtension, DnType, GeneralSubtree,
    IsCa, KeyPair, NameConstraints, SanType,
};

use super::{Input, SIZE};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Name of the service that the property verifies certificates for.
const SERVICE: &str = "hecate-echo";

/// Object identifiers of extensions with nested values: subject alternative name, name constraints,
/// certificate policies, authority key identifier and an unknown one.
const EXTENSIONS: [&[u64]; 5] = [
    &[2, 5, 29, 17],
    &[2, 5, 29, 30],
    &[2, 5, 29, 32],
    &[2, 5, 29, 35],
    &[1, 3, 6, 1, 4, 1, 99_999, 1],
];

type Issuer = CertifiedIssuer<'static, KeyPair>;

/// Returns the four files of a service certificate, separated by NUL bytes.
pub(crate) fn inputs() -> Vec<Input> {
    let realm = Issuer::self_signed(ca("the realm", 400), key()).expect("a CA is valid");
    let org = Issuer::signed_by(ca("the org", 400), key(), &realm).expect("a CA is valid");
    let mut inputs: Vec<Input> = Vec::new();
    let mut add = |name: &str, cert: String, key: String, org_ca: String| {
        let files = [cert, key, org_ca, realm.pem()].join("\0");
        inputs.push((format!("certificates, {name}"), files.into_bytes()));
    };
    let mut leaf = |name: &str, params: CertificateParams| {
        let key = key();
        let cert = params
            .signed_by(&key, &org)
            .expect("a certificate is valid");
        add(name, cert.pem(), key.serialize_pem(), org.pem());
    };
    leaf("as usual", own());
    for (name, count, san) in [
        (
            "DNS names of others",
            8_000,
            SanType::DnsName("a".try_into().expect("it is ASCII")),
        ),
        (
            "empty URIs",
            20_000,
            SanType::URI("".try_into().expect("it is ASCII")),
        ),
        (
            "addresses",
            6_000,
            SanType::IpAddress([127, 0, 0, 1].into()),
        ),
        (
            "control characters",
            8_000,
            SanType::DnsName("\u{1}".try_into().expect("it is ASCII")),
        ),
    ] {
        let mut params = CertificateParams::default();
        params.subject_alt_names = vec![san.clone(); count];
        leaf(&format!("many {name}"), params);
        let mut params = own();
        params.subject_alt_names.extend(vec![san; count]);
        leaf(&format!("many {name} besides its own"), params);
    }
    let mut params = own();
    params
        .distinguished_name
        .push(DnType::CommonName, "\u{202e}".repeat(SIZE / 5));
    leaf("a long common name", params);
    let mut params = own();
    for n in 0..2_000 {
        let of = DnType::CustomDnType(vec![2, 5, 4, n]);
        params.distinguished_name.push(of, "a");
    }
    leaf("many parts of a name", params);
    for oid in EXTENSIONS {
        for tag in [0x30, 0x31, 0xa0, 0xa4] {
            for critical in [false, true] {
                let mut params = CertificateParams::default();
                params.not_after = own().not_after;
                let mut extension = CustomExtension::from_oid_content(oid, nested(tag, 12_000));
                extension.set_criticality(critical);
                params.custom_extensions.push(extension);
                leaf(
                    &format!("an extension of {oid:?} with nested {tag:#x}"),
                    params,
                );
            }
        }
    }
    constrained(&realm, &mut add);
    chains(&realm, &mut add);
    for (name, part) in [
        ("starts of certificates", "-----BEGIN CERTIFICATE-----\n"),
        (
            "empty certificates",
            "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n",
        ),
        ("lines", "a\n"),
        ("dashes", "-"),
        ("base64", "AAAA"),
    ] {
        let text = part.repeat(SIZE / part.len());
        add(
            &format!("{name} as certificate"),
            text.clone(),
            String::new(),
            String::new(),
        );
        let key = key();
        let cert = own().signed_by(&key, &org).expect("a certificate is valid");
        add(
            &format!("{name} as key"),
            cert.pem(),
            text.clone(),
            org.pem(),
        );
        add(
            &format!("{name} as the org's CA"),
            cert.pem(),
            key.serialize_pem(),
            text,
        );
    }
    inputs
}

/// A CA that allows as many names as fit, and a certificate with as many names.
fn constrained(realm: &Issuer, add: &mut impl FnMut(&str, String, String, String)) {
    let subtree = |n: usize| GeneralSubtree::DnsName(format!("a{n}"));
    let mut params = ca("the org", 400);
    let mut permitted: Vec<_> = (0..1_500).map(subtree).collect();
    permitted.push(GeneralSubtree::DnsName(SERVICE.to_owned()));
    params.name_constraints = Some(NameConstraints {
        permitted_subtrees: permitted,
        excluded_subtrees: (0..500).map(|n| subtree(n + 10_000)).collect(),
    });
    let org = Issuer::signed_by(params, key(), realm).expect("a CA is valid");
    let mut params = own();
    for n in 0..1_500 {
        let name = format!("a{n}").try_into().expect("it is ASCII");
        params.subject_alt_names.push(SanType::DnsName(name));
    }
    let key = key();
    let cert = params
        .signed_by(&key, &org)
        .expect("a certificate is valid");
    add(
        "many constraints of names",
        cert.pem(),
        key.serialize_pem(),
        org.pem(),
    );
}

/// Chains with as many CAs as fit: of one name, of which one has issued the certificate; and each
/// issued by the next.
fn chains(realm: &Issuer, add: &mut impl FnMut(&str, String, String, String)) {
    let count = 90;
    let cas: Vec<Issuer> = (1..=count)
        .map(|days| Issuer::signed_by(ca("the org", days), key(), realm).expect("a CA is valid"))
        .collect();
    let all: String = cas.iter().map(|ca| ca.pem()).collect();
    for (name, issuer) in [("first", &cas[0]), ("last", &cas[cas.len() - 1])] {
        let key = key();
        let cert = own()
            .signed_by(&key, issuer)
            .expect("a certificate is valid");
        add(
            &format!("many CAs of one name, the {name} is the issuer"),
            cert.pem(),
            key.serialize_pem(),
            all.clone(),
        );
    }
    let mut pem = String::new();
    let mut issuer = Issuer::signed_by(ca("ca 0", count), key(), realm).expect("a CA is valid");
    for n in 1..count {
        pem += &issuer.pem();
        let next = ca(&format!("ca {n}"), count - n);
        issuer = Issuer::signed_by(next, key(), &issuer).expect("a CA is valid");
    }
    pem += &issuer.pem();
    let key = key();
    let cert = own()
        .signed_by(&key, &issuer)
        .expect("a certificate is valid");
    add("a long chain", cert.pem(), key.serialize_pem(), pem);
}

fn key() -> KeyPair {
    KeyPair::generate().expect("a key is generated")
}

fn ca(name: &str, days: u32) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let now = SystemTime::now();
    params.not_before = (now - DAY).into();
    params.not_after = (now + DAY * days).into();
    params
}

/// Returns a certificate of the service.
fn own() -> CertificateParams {
    let mut params = CertificateParams::default();
    let name = SERVICE.try_into().expect("it is ASCII");
    params.subject_alt_names = vec![SanType::DnsName(name)];
    let now = SystemTime::now();
    params.not_before = (now - DAY).into();
    params.not_after = (now + DAY * 399).into();
    params
}

/// Returns values of DER that each contain the next one.
fn nested(tag: u8, depth: usize) -> Vec<u8> {
    let mut content = Vec::new();
    for _ in 0..depth {
        let length = content.len();
        let head = match length {
            0..0x80 => vec![tag, length as u8],
            0x80..0x100 => vec![tag, 0x81, length as u8],
            _ => vec![tag, 0x82, (length >> 8) as u8, length as u8],
        };
        // Built from the inside, reversed.
        content.extend(head.into_iter().rev());
        if content.len() > 48 * 1024 {
            break;
        }
    }
    content.reverse();
    content
}
