//! Clients, generated from the description of a service.

use arbitrary::{Result, Unstructured};
use hecate_om::__private::is_unprintable;
use hecate_om_cli::__private::{generate_client, read_description};
use hecate_om_manifest::{Capability, Deprecated, Kind, Manifest};
use syn::{File, Item};

use crate::generators::schemas::Bytes;
use crate::generators::{bytes, text};
use crate::limits::{on_large_stack, within_limits};

/// Memory for each byte of a description.
const FACTOR: u64 = 256;

/// Crates that a client may depend on.
const DEPENDENCIES: [&str; 3] = ["hecate-om", "serde", "serde_json"];

/// Text of an error that only a fault of the generator causes.
const FAULT: &str = "this is a bug in hecate-om";

/// Checks that a client of any description is Rust of the expected items and depends on no crate
/// that the description names and is printable, or is refused with a reason.
///
/// The input is a complete descriptor in JSON, the response of `describe_capabilities` in CBOR, or
/// bytes from which capabilities and schemas are generated. The time of the generator is not
/// checked here: it limits itself, because no service runs it.
///
/// # Panics
///
/// If a property does not hold.
pub fn client_generation(input: &[u8]) {
    let read = std::str::from_utf8(input).map(Manifest::parse);
    if let Ok(Ok(manifest)) = read {
        return is_rust(&manifest);
    }
    let described = within_limits(input.len(), FACTOR, || read_description(input));
    let capabilities = match described {
        Ok(capabilities) => capabilities,
        Err(reason) => {
            assert!(!reason.is_empty(), "refused for a reason");
            generated(&mut Unstructured::new(input)).unwrap_or_default()
        }
    };
    is_rust(&Manifest {
        name: "hecate-echo".to_owned(),
        capabilities,
        ..Manifest::default()
    });
}

/// Returns capabilities with schemas and with any names and documentation.
fn generated(u: &mut Unstructured<'_>) -> Result<Vec<Capability>> {
    let mut capabilities = Vec::new();
    for _ in 0..u.int_in_range(1..=3)? {
        let name = if u.arbitrary()? {
            text(u, 12)?
        } else {
            "echo.say".to_owned()
        };
        let mut capability = Capability::new(name, u.arbitrary()?);
        capability.kind = *u.choose(&[
            Kind::Unary,
            Kind::ServerStreaming,
            Kind::ClientStreaming,
            Kind::Bidirectional,
        ])?;
        if u.arbitrary()? {
            capability.doc = Some(text(u, 60)?);
        }
        if u.arbitrary()? {
            capability.deprecated = Some(Deprecated {
                since: text(u, 12)?,
                instead: Some(text(u, 12)?),
            });
        }
        let mut schema = || -> Result<_> { Ok(Bytes(&bytes(u, 120)?).document()) };
        capability.request_schema = Some(schema()?);
        capability.response_schema = Some(schema()?);
        capabilities.push(capability);
    }
    Ok(capabilities)
}

fn is_rust(manifest: &Manifest) {
    let files = match generate_client(manifest, "acme", "echo-client") {
        Ok(files) => files,
        Err(reason) => {
            assert!(!reason.is_empty() && !reason.contains(FAULT), "{reason}");
            return;
        }
    };
    for (path, text) in files {
        assert!(
            !text.contains(|c| c != '\n' && is_unprintable(c)),
            "text is printable: {text:?}"
        );
        match path {
            "src/lib.rs" => on_large_stack(|| is_client(&text)),
            "Cargo.toml" => is_package(&text),
            other => panic!("`{other}` is not a file of a client"),
        }
    }
}

/// Checks that the source has only types, their implementations and the two modules of types.
fn is_client(source: &str) {
    let file: File = syn::parse_str(source).expect("a client is Rust");
    for item in file.items {
        let is_expected = match &item {
            Item::Enum(_) | Item::Impl(_) => true,
            Item::Mod(module) => module.ident == "types" || module.ident == "definitions",
            _ => false,
        };
        assert!(is_expected, "{item:?}");
    }
}

fn is_package(text: &str) {
    let package: toml_edit::DocumentMut = text.parse().expect("it is TOML");
    assert_eq!(package["package"]["name"].as_str(), Some("echo-client"));
    let dependencies = package["dependencies"].as_table().expect("it is a table");
    for (name, _) in dependencies {
        assert!(DEPENDENCIES.contains(&name), "`{name}` is no dependency");
    }
}
