use super::*;

fn capability(text: &str) -> Result<CapabilityName, NameError> {
    text.parse()
}

#[test]
fn ordinary_names_are_accepted() {
    for name in [
        "echo.say",
        "rag.search_chunks",
        "corpora/list",
        "a/b/c",
        "0",
        "a-b",
        "x._-",
    ] {
        assert_eq!(capability(name).unwrap().as_str(), name);
    }
    for name in ["hecate-echo", "io.macula", "9lives"] {
        assert_eq!(name.parse::<OrgName>().unwrap().to_string(), name);
        assert_eq!(name.parse::<ServiceName>().unwrap().to_string(), name);
    }
}

#[test]
fn a_wrong_character_is_reported_with_its_position_and_a_correction() {
    assert_eq!(
        capability("Echo.say").unwrap_err().to_string(),
        "`E` at character 1 of the capability name `Echo.say` is not allowed: start with a \
         lowercase letter or a digit, and continue with those, `.`, `_` and `-`, as in `echo.say`"
    );
    let error = capability("corpora/_list").unwrap_err();
    assert!(
        matches!(
            error,
            NameError::Character {
                found: '_',
                position: 9,
                ..
            }
        ),
        "{error}"
    );
    let error = capability("écho").unwrap_err();
    assert!(
        matches!(
            error,
            NameError::Character {
                found: 'é',
                position: 1,
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn an_organisation_or_service_has_no_slash() {
    let error = "a/b".parse::<OrgName>().unwrap_err();
    assert!(
        matches!(
            error,
            NameError::Character {
                found: '/',
                position: 2,
                ..
            }
        ),
        "{error}"
    );
    assert!("a/b".parse::<ServiceName>().is_err());
}

#[test]
fn empty_names_and_segments_are_refused() {
    assert_eq!(
        "".parse::<ServiceName>().unwrap_err().to_string(),
        "the service name is empty: each part between slashes needs at least one character"
    );
    for name in ["", "/a", "a/", "a//b"] {
        assert!(
            matches!(capability(name), Err(NameError::Empty { .. })),
            "{name}"
        );
    }
}

#[test]
fn a_name_that_spells_a_version_is_refused() {
    assert_eq!(
        capability("echo.say_v2").unwrap_err().to_string(),
        "the capability name `echo.say_v2` ends in `_v2`, the notation of a version on the wire: \
         write `echo.say` with `version = 2`"
    );
    for name in ["echo.say_v", "echo.say_vx2", "echo.v2", "echo_v2.say", "v2"] {
        assert!(capability(name).is_ok(), "{name}");
    }
}

#[test]
fn a_name_too_long_for_the_wire_is_refused() {
    let longest = MAX_PROCEDURE_BYTES - "o/".len() - "_v4294967295".len();
    let name = capability(&"a".repeat(longest)).unwrap();
    assert_eq!(
        procedure("o", name.as_str(), u32::MAX).len(),
        MAX_PROCEDURE_BYTES
    );
    let error = capability(&"a".repeat(longest + 1)).unwrap_err();
    assert!(matches!(error, NameError::TooLong { .. }), "{error}");
}

#[test]
fn names_that_the_runtime_serves_are_reserved() {
    for name in RESERVED {
        assert!(capability(name).unwrap().is_reserved(), "{name}");
    }
    for name in [
        "hecate-echo.describe_capabilities",
        "hecate-echo.0123456789abcdef.shared_schedule",
    ] {
        assert!(capability(name).unwrap().is_reserved(), "{name}");
    }
    assert!(!capability("echo.info").unwrap().is_reserved());
}

#[test]
fn versions_above_one_are_spelled_in_the_procedure() {
    assert_eq!(procedure("org", "a.b", 1), "org/a.b");
    assert_eq!(procedure("org", "a.b", 3), "org/a.b_v3");
}
