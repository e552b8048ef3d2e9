//! The configuration.

use std::ffi::OsString;
use std::io::Write as _;
use std::os::unix::ffi::OsStringExt as _;

use hecate_om::__private::read_configuration;

/// An environment and a file of any lines are a consistent configuration, or they are refused with
/// at least one mistake with a text.
///
/// The input is the environment's lines, each `NAME=value`, then a NUL byte and the file.
///
/// # Panics
///
/// If the property does not hold.
pub fn configuration(input: &[u8]) {
    let (environment, text) = match input.iter().position(|&byte| byte == 0) {
        Some(at) => (&input[..at], &input[at + 1..]),
        None => (input, &[][..]),
    };
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file is made");
    file.write_all(text).expect("a temporary file is written");
    let environment = environment.split(|&byte| byte == b'\n').filter_map(|line| {
        let at = line.iter().position(|&byte| byte == b'=')?;
        let text = |bytes: &[u8]| OsString::from_vec(bytes.to_vec());
        Some((text(&line[..at]), text(&line[at + 1..])))
    });
    match read_configuration(environment, file.path()) {
        Ok(read) => {
            assert_ne!(read.stations, Some(0), "stations are named by at least one");
            assert!(
                !read.required || read.stations.is_some(),
                "a mesh that is required has a station"
            );
        }
        Err(mistakes) => {
            assert!(!mistakes.is_empty(), "refused for a reason");
            assert!(mistakes.iter().all(|text| !text.trim().is_empty()));
        }
    }
}
