//! The files of the service certificate.

use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

use arbitrary::{Result, Unstructured};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hecate_om::__private::{CertificateContents, is_unprintable, verify_certificate};
use hecate_om_test_support::TestPki;
use rcgen::{
    CertificateParams, CustomExtension, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair, SanType,
};

use crate::generators::{bytes, damage_bytes, text};
use crate::limits::within_limits;

/// Memory for each byte of the files: they are decoded, parsed and copied into the configuration of
/// TLS. The parser turns a name of two bytes into a value of its own.
const FACTOR: u64 = 128;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Object identifiers of the extensions that a generated certificate may have with any content:
/// subject alternative name, key usage, name constraints, basic constraints, and an unknown one.
const EXTENSIONS: [&[u64]; 5] = [
    &[2, 5, 29, 17],
    &[2, 5, 29, 15],
    &[2, 5, 29, 30],
    &[2, 5, 29, 19],
    &[1, 3, 6, 1, 4, 1, 99_999, 1],
];

/// Checks that any files are either a certificate of the service that has not expired, or refused
/// with a reason that neither quotes the private key nor controls a terminal.
///
/// The input is the four files with NUL bytes between them, and a description of damaged files and
/// of a certificate that the org's CA signs.
///
/// # Panics
///
/// If a property does not hold.
pub fn certificate_files(input: &[u8]) {
    let mut parts = input.splitn(4, |byte| *byte == 0);
    let mut part = || parts.next().map(<[u8]>::to_vec).unwrap_or_default();
    let raw = Files {
        cert: part(),
        key: part(),
        org_ca: part(),
        realm_ca: part(),
    };
    is_verified_or_refused(&raw);
    if let Ok(files) = described(&mut Unstructured::new(input)) {
        is_verified_or_refused(&files);
    }
}

struct Files {
    cert: Vec<u8>,
    key: Vec<u8>,
    org_ca: Vec<u8>,
    realm_ca: Vec<u8>,
}

fn is_verified_or_refused(files: &Files) {
    let contents = CertificateContents {
        cert: &files.cert,
        key: &files.key,
        org_ca: (!files.org_ca.is_empty()).then_some(&files.org_ca[..]),
        realm_ca: &files.realm_ca,
    };
    let now = SystemTime::now();
    let length = files.cert.len() + files.key.len() + files.org_ca.len() + files.realm_ca.len();
    let verified = within_limits(length, FACTOR, || verify_certificate(contents, now));
    match verified {
        Ok(certificate) => {
            let name = certificate.name().to_ascii_lowercase();
            let is_own = name == "hecate-echo"
                || name == "hecate-echo.acme"
                || name.starts_with("hecate-echo.acme.");
            assert!(is_own, "{name}");
            assert!(certificate.not_after() >= now && certificate.days_left() >= 0);
            assert!(certificate.chain_der().count() >= 1);
            is_printable(certificate.subject());
        }
        Err(reason) => {
            assert!(!reason.trim().is_empty(), "refused for a reason");
            is_printable(&reason);
            let key = String::from_utf8_lossy(&files.key);
            let mut lines = key
                .lines()
                .filter(|line| line.len() > 20 && !line.starts_with('-'));
            assert!(
                !lines.any(|line| reason.contains(line)),
                "the key is in: {reason}"
            );
        }
    }
}

fn is_printable(text: &str) {
    assert!(
        !text.contains(|c| c != '\t' && is_unprintable(c)),
        "text is printable: {text:?}"
    );
}

/// CAs, which are generated once.
fn pki() -> &'static TestPki {
    static PKI: OnceLock<TestPki> = OnceLock::new();
    PKI.get_or_init(TestPki::new)
}

/// Returns the files of a described certificate, some of them damaged.
fn described(u: &mut Unstructured<'_>) -> Result<Files> {
    let (cert, key) = certificate(u)?;
    let mut files = Files {
        cert: cert.into_bytes(),
        key: key.into_bytes(),
        org_ca: pki().org_ca().into_bytes(),
        realm_ca: pki().realm_ca().into_bytes(),
    };
    let all = [
        &mut files.cert,
        &mut files.key,
        &mut files.org_ca,
        &mut files.realm_ca,
    ];
    for file in all {
        match u.int_in_range(0..=9)? {
            0 => damage_bytes(file, u)?,
            1 => damage_der(file, u)?,
            2 => *file = [&file[..], pki().realm_ca().as_bytes()].concat(),
            3 => file.clear(),
            _ => {}
        }
    }
    Ok(files)
}

/// Returns a certificate that the org's CA has signed, with its key.
fn certificate(u: &mut Unstructured<'_>) -> Result<(String, String)> {
    static KEY: OnceLock<KeyPair> = OnceLock::new();
    let key = KEY.get_or_init(|| KeyPair::generate().expect("a key is generated"));
    let mut params = CertificateParams::default();
    params
        .distinguished_name
        .push(DnType::CommonName, text(u, 40)?);
    for _ in 0..u.int_in_range(0..=3)? {
        let name = match u.int_in_range(0..=4)? {
            0 => "hecate-echo".to_owned(),
            1 => "Hecate-Echo.acme.io".to_owned(),
            2 => "*.acme".to_owned(),
            _ => text(u, 40)?,
        };
        // A name is ASCII.
        if let Ok(name) = name.try_into() {
            let is_uri = u.ratio(1, 4)?;
            params.subject_alt_names.push(if is_uri {
                SanType::URI(name)
            } else {
                SanType::DnsName(name)
            });
        }
    }
    let now = SystemTime::now();
    params.not_before = (now - DAY * u.int_in_range(0..=2)?).into();
    params.not_after = (now + DAY * u.int_in_range(0..=400)?).into();
    if u.ratio(1, 8)? {
        params.is_ca = IsCa::ExplicitNoCa;
    }
    if u.ratio(1, 4)? {
        params.extended_key_usages = vec![
            ExtendedKeyUsagePurpose::ServerAuth,
            ExtendedKeyUsagePurpose::ClientAuth,
        ];
    }
    if u.ratio(1, 3)? {
        let content = bytes(u, 60)?;
        let mut extension = CustomExtension::from_oid_content(u.choose(&EXTENSIONS)?, content);
        extension.set_criticality(u.arbitrary()?);
        params.custom_extensions.push(extension);
    }
    // Some extensions exclude each other.
    let cert = pki().sign(&params, key).unwrap_or_default();
    Ok((cert, key.serialize_pem()))
}

/// Damages the bytes within the first block of PEM.
fn damage_der(file: &mut Vec<u8>, u: &mut Unstructured<'_>) -> Result<()> {
    let text = String::from_utf8_lossy(file).into_owned();
    let mut lines = text.lines();
    let (Some(begin), Some(end)) = (lines.next(), lines.next_back()) else {
        return Ok(());
    };
    let body: String = lines.collect();
    let mut der = STANDARD.decode(body).unwrap_or_default();
    for _ in 0..u.int_in_range(1..=3)? {
        damage_bytes(&mut der, u)?;
    }
    *file = format!("{begin}\n{}\n{end}\n", STANDARD.encode(der)).into_bytes();
    Ok(())
}
