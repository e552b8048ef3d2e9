//! Exit codes of a service binary other than 0.

/// Boot was refused, a subcommand failed, or a signal ended the process before it had drained.
pub(super) const FAILURE: u8 = 1;
/// The command line is malformed.
pub(super) const USAGE: u8 = 2;
