//! The DNS names of a service certificate.

use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;

/// Maximum number of names in an error.
const MAX_LISTED: usize = 8;

/// Service that a certificate must be issued for.
#[derive(Debug, Clone)]
pub(crate) struct Principal {
    pub(crate) service: String,
    pub(crate) org: String,
}

impl Principal {
    /// Returns whether a DNS name belongs to this service: `<service>`, `<service>.<org>`, or a
    /// name below `<service>.<org>`. Wildcards are not accepted, because they would also match
    /// other services of the org.
    fn matches(&self, dns: &str) -> bool {
        let Some(rest) = strip_prefix(dns, &self.service) else {
            return false;
        };
        rest.is_empty()
            || rest
                .strip_prefix('.')
                .and_then(|rest| strip_prefix(rest, &self.org))
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    }

    /// Returns the first DNS name in the certificate that belongs to this service, or else all DNS
    /// names in the certificate, to report.
    pub(super) fn matching_name(
        &self,
        certificate: &X509Certificate<'_>,
    ) -> Result<String, String> {
        let names = match certificate.subject_alternative_name() {
            Ok(Some(extension)) => extension.value.general_names.as_slice(),
            _ => &[],
        };
        let dns = names.iter().find_map(|name| match name {
            GeneralName::DNSName(dns) if self.matches(dns) => Some((*dns).to_owned()),
            _ => None,
        });
        dns.ok_or_else(|| list(names))
    }
}

/// Removes `prefix`, ignoring case as in DNS names.
fn strip_prefix<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (head, rest) = text.split_at_checked(prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then_some(rest)
}

fn list(names: &[GeneralName<'_>]) -> String {
    if names.is_empty() {
        return "none".into();
    }
    let mut each: Vec<String> = names
        .iter()
        .take(MAX_LISTED)
        .map(|name| match name {
            GeneralName::DNSName(text) => format!("DNS `{}`", text.escape_debug()),
            GeneralName::URI(text) => format!("URI `{}`", text.escape_debug()),
            _ => "a name of another type".into(),
        })
        .collect();
    if names.len() > MAX_LISTED {
        each.push(format!("{} more", names.len() - MAX_LISTED));
    }
    each.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_is_the_service_alone_or_with_its_org() {
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
            assert!(rag.matches(name), "{name}");
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
            assert!(!rag.matches(name), "{name}");
        }
    }

    #[test]
    fn an_error_lists_a_limited_number_of_names() {
        let names = vec![GeneralName::DNSName("a"); MAX_LISTED + 12];
        let listed = list(&names);
        assert_eq!(listed.matches("DNS `a`, ").count(), MAX_LISTED);
        assert!(listed.ends_with(", 12 more"), "{listed}");
        assert!(!list(&names[..MAX_LISTED]).contains("more"));
    }
}
