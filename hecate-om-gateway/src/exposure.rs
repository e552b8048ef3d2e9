//! Which procedures of the mesh a gateway serves.

use std::str::FromStr;

use hecate_om_manifest::{OrgName, is_reserved};

/// A list of procedures that a gateway serves: names, and prefixes that end in `*`.
#[derive(Debug, Clone, Default)]
pub struct Exposure(Vec<Pattern>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Pattern {
    /// One procedure.
    Procedure(String),
    /// All procedures of an org whose name starts with a prefix, except those that every service
    /// has.
    Prefix { org: String, prefix: String },
}

/// The error of a pattern that names no procedures.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` names no procedures; write `acme/*` for all of an org, `acme/search.*` for those with a prefix, or \
     `acme/search.find` for one"
)]
pub struct ExposureError(String);

impl Exposure {
    /// Reads the patterns.
    ///
    /// # Errors
    ///
    /// Returns the first pattern that names no procedures.
    ///
    /// ```
    /// use hecate_om_gateway::Exposure;
    ///
    /// let exposure = Exposure::read(["acme/*", "tools/search.find_v2"])?;
    /// assert!(exposure.allows("acme/orders.place"));
    /// assert!(exposure.allows("tools/search.find_v2"));
    /// assert!(!exposure.allows("tools/search.find"));
    /// // The capabilities that every service has are exposed by their full names only.
    /// assert!(!exposure.allows("acme/set_limits"));
    /// # Ok::<(), hecate_om_gateway::ExposureError>(())
    /// ```
    pub fn read<'a>(patterns: impl IntoIterator<Item = &'a str>) -> Result<Self, ExposureError> {
        let patterns: Result<_, _> = patterns.into_iter().map(str::parse).collect();
        patterns.map(Self)
    }

    /// Returns whether the procedure is served.
    #[must_use]
    pub fn allows(&self, procedure: &str) -> bool {
        self.0.iter().any(|pattern| pattern.matches(procedure))
    }

    /// Returns whether any procedure of the org is served.
    pub(crate) fn names_org(&self, org: &str) -> bool {
        self.0.iter().any(|pattern| match pattern {
            Pattern::Procedure(procedure) => procedure.split('/').next() == Some(org),
            Pattern::Prefix { org: exposed, .. } => exposed == org,
        })
    }
}

impl FromStr for Pattern {
    type Err = ExposureError;

    fn from_str(text: &str) -> Result<Self, ExposureError> {
        let error = || ExposureError(text.to_owned());
        let (org, name) = text.split_once('/').ok_or_else(error)?;
        let (name, is_prefix) = match name.strip_suffix('*') {
            Some(prefix) => (prefix, true),
            None => (name, false),
        };
        // Services of other frameworks may use other characters than ours.
        let is_odd = |c: char| c == '*' || c.is_whitespace() || c.is_control();
        let is_empty = name.is_empty() && !is_prefix;
        if org.parse::<OrgName>().is_err() || is_empty || name.contains(is_odd) {
            return Err(error());
        }
        Ok(if is_prefix {
            Self::Prefix {
                org: org.to_owned(),
                prefix: name.to_owned(),
            }
        } else {
            Self::Procedure(text.to_owned())
        })
    }
}

impl Pattern {
    fn matches(&self, procedure: &str) -> bool {
        match self {
            Self::Procedure(exposed) => exposed == procedure,
            Self::Prefix { org, prefix } => procedure.split_once('/').is_some_and(|(of, name)| {
                of == org && name.starts_with(prefix) && !is_reserved(name)
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_name_an_org_a_prefix_or_one_procedure() {
        let exposure = Exposure::read(["acme/*", "tools/search.*", "one/info"]).unwrap();
        for allowed in ["acme/a.b", "acme/a.b_v2", "tools/search.find", "one/info"] {
            assert!(exposure.allows(allowed), "{allowed}");
        }
        for refused in [
            "acm/a.b",
            "acme",
            "acme/info",
            "acme/get_limits",
            "acme/hecate-acme.describe_capabilities",
            "tools/searching",
            "tools/other.find",
            "one/a.b",
            "",
        ] {
            assert!(!exposure.allows(refused), "{refused}");
        }
        assert!(exposure.names_org("one") && !exposure.names_org("two"));
        assert!(!Exposure::default().allows("acme/a.b"));
    }

    #[test]
    fn a_pattern_that_names_no_procedures_is_an_error() {
        for text in [
            "", "*", "acme", "acme/", "*/*", "*/a.b", "acme/*.b", "acme/**", "a b/*",
        ] {
            let error = Exposure::read([text]).expect_err(text);
            assert!(error.to_string().contains("names no procedures"), "{error}");
        }
    }
}
