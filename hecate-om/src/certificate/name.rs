//! Whose certificate it is.

use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;

/// The service that a certificate is to be of.
#[derive(Debug, Clone)]
pub(crate) struct Principal {
    pub(crate) service: String,
    pub(crate) org: String,
}

impl Principal {
    /// Whether a DNS name is this service's: its name, alone or followed by its org, and by whatever domain the realm
    /// puts after that. No wildcard is: it would stand for the org's other services, too.
    fn is_named(&self, dns: &str) -> bool {
        let Some(rest) = strip_prefix(dns, &self.service) else {
            return false;
        };
        rest.is_empty()
            || rest
                .strip_prefix('.')
                .and_then(|rest| strip_prefix(rest, &self.org))
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    }

    /// The first of the certificate's DNS names that is this service's; else all its names, to be shown.
    pub(super) fn find(&self, certificate: &X509Certificate<'_>) -> Result<String, String> {
        let names = match certificate.subject_alternative_name() {
            Ok(Some(extension)) => extension.value.general_names.as_slice(),
            _ => &[],
        };
        let dns = names.iter().find_map(|name| match name {
            GeneralName::DNSName(dns) if self.is_named(dns) => Some((*dns).to_owned()),
            _ => None,
        });
        dns.ok_or_else(|| shown(names))
    }
}

/// What follows, where `text` begins with `prefix` as DNS compares: in either case.
fn strip_prefix<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (head, rest) = text.split_at_checked(prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then_some(rest)
}

fn shown(names: &[GeneralName<'_>]) -> String {
    if names.is_empty() {
        return "none".into();
    }
    let each: Vec<String> = names
        .iter()
        .map(|name| match name {
            GeneralName::DNSName(text) => format!("DNS `{}`", text.escape_debug()),
            GeneralName::URI(text) => format!("URI `{}`", text.escape_debug()),
            _ => "one of another kind".into(),
        })
        .collect();
    each.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_service_alone_or_with_its_org_is_the_name() {
        let rag = Principal {
            service: "hecate-rag".into(),
            org: "acme".into(),
        };
        for name in [
            "hecate-rag",
            "Hecate-RAG",
            "hecate-rag.acme",
            "hecate-rag.acme.io.macula",
        ] {
            assert!(rag.is_named(name), "{name}");
        }
        for name in [
            "",
            "acme",
            "hecate-rag2",
            "hecate-rag.other",
            "hecate-rag.acme2",
            "*.acme",
            "x.hecate-rag",
            "hecate-rag.",
            "hécate-rag",
        ] {
            assert!(!rag.is_named(name), "{name}");
        }
    }
}
