//! The configuration.

use std::ffi::OsString;
use std::io::Write as _;
use std::os::unix::ffi::OsStringExt as _;

use hecate_om::__private::read_configuration;

use crate::limits::within_limits;

/// Memory for each byte of input: an error for each line, which lists what is allowed.
const FACTOR: u64 = 512;

/// Size that counts as input besides the input, in bytes: a value of a file may refer to others, up
/// to the reader's limits.
const REFERENCES: usize = 32 * 1024;

/// Checks that any environment and file are either a consistent configuration, or refused with at
/// least one error, each with a message.
///
/// The input is the environment as lines `NAME=value`, a NUL byte, and the file.
///
/// # Panics
///
/// If a property does not hold.
pub fn configuration(input: &[u8]) {
    let (environment, text) = match input.iter().position(|&byte| byte == 0) {
        Some(at) => (&input[..at], &input[at + 1..]),
        None => (input, &[][..]),
    };
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file is created");
    file.write_all(text).expect("a temporary file is written");
    let environment = environment.split(|&byte| byte == b'\n').filter_map(|line| {
        let at = line.iter().position(|&byte| byte == b'=')?;
        let text = |bytes: &[u8]| OsString::from_vec(bytes.to_vec());
        Some((text(&line[..at]), text(&line[at + 1..])))
    });
    let read = within_limits(input.len() + REFERENCES, FACTOR, || {
        read_configuration(environment, file.path())
    });
    match read {
        Ok(read) => {
            assert_ne!(read.stations, Some(0), "configured stations are not empty");
            assert!(
                !read.required || read.stations.is_some(),
                "a required mesh has stations"
            );
        }
        Err(errors) => {
            assert!(!errors.is_empty(), "refused for a reason");
            assert!(errors.iter().all(|text| !text.trim().is_empty()));
        }
    }
}
