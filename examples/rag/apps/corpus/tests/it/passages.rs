//! Documents of an imaginary service. They are not files, so that a corpus of this repository's
//! Markdown does not contain them.

pub(crate) const README: &str = r#"# A service in five minutes

A service is one binary that stays up. It dials out to a station, says what it can do, and answers calls
until it is told to stop. Nothing listens on a public port.

## Install

Fetch the image, write the unit file, and start the unit. The first start makes a key and keeps it.

```sh
systemctl enable --now weather.service
```

## What a service is made of

A service has a name, a version and a list of capabilities. A service that is asked for a capability which it
does not have answers with an error by that name. A service may call another service.
"#;

pub(crate) const OPERATIONS: &str = r#"# Operating a service

What an operator meets between the first start and the last stop.

## Health

The health port answers while the process lives. When the port is taken by another process, the start ends
with exit code 1 and names the port. A probe that asks too early is told that the service is starting.

## Drain

On SIGTERM the service withdraws what it advertised, waits until the stations no longer send it new calls,
and finishes the calls in flight, each by its own deadline. Then it closes the mesh and, last, the health
port. The exit code is 0. A second signal ends the process at once.

## Releases

Each release is an image with a signature of the release key. The deployment checks the signature before the
unit is restarted, and keeps the image before it for a way back.

## Backups

Stop the service, copy its state folder, start the service. The copy of a running service may be torn.
"#;

pub(crate) const CONFIGURATION: &str = r#"# Configuration

Every setting is an environment variable. One that is empty or blank counts as unset.

## Addresses

`STATION_SEEDS` names the stations as `host:port`, separated by commas. An address in brackets is IPv6.

## Drain and shutdown

`DRAIN_MAX` is how long the draining of calls in flight may last at most, in seconds; 30 by default. What is
unfinished by then is cut off and counted in the log.

## Logs

`LOG` filters by module and level. What is logged goes to the standard error stream, one line an event.
"#;

pub(crate) const CHANGES: &str = r#"Version 0.3 of May added retries: a call that reached nobody is made again, at most three times.

Version 0.2 of March moved the state folder and made the service refuse a key it cannot read.

Version 0.1 of January was the first one.
"#;
