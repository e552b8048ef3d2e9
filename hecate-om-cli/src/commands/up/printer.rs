//! Lines of all services, each with the service's name.

use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::sync::Arc;

use serde_json::json;

use super::workspace::Workspace;
use crate::output::{Output, print_note};
use crate::terminal::printable;

/// Colours of the names, as parameters of SGR: they are told apart on dark and on light.
const COLOURS: [&str; 6] = ["36", "33", "35", "32", "34", "31"];

/// Prints lines, and colours the names on a terminal.
#[derive(Debug, Clone)]
pub(super) struct Printer(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    is_for_people: bool,
    has_colours: bool,
    width: usize,
    colours: BTreeMap<String, &'static str>,
}

impl Printer {
    pub(super) fn new(output: &Output, workspace: &Workspace) -> Self {
        let names = workspace
            .services
            .iter()
            .map(|service| service.name.clone());
        let colours: BTreeMap<_, _> = names.zip(COLOURS.into_iter().cycle()).collect();
        let width = colours
            .keys()
            .map(|name| name.chars().count())
            .max()
            .unwrap_or_default();
        Self(Arc::new(Inner {
            is_for_people: !output.is_json(),
            has_colours: std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none(),
            width,
            colours,
        }))
    }

    /// Prints a line of a service's log.
    pub(super) fn line(&self, service: &str, line: &str) {
        if self.0.is_for_people {
            self.print(service, line);
        } else {
            print_json(&json!({"service": service, "line": line}));
        }
    }

    /// Prints what has happened to a service.
    pub(super) fn event(&self, service: &str, event: &str, text: &str) {
        if self.0.is_for_people {
            self.print(service, &format!("— {text}"));
        } else {
            print_json(&json!({"service": service, "event": event, "text": text}));
        }
    }

    /// Prints what has happened to all.
    pub(super) fn note(&self, text: &str) {
        print_note(&format!("up: {text}"));
    }

    fn print(&self, service: &str, text: &str) {
        let name = format!("{service:width$}", width = self.0.width);
        let text = printable(text);
        let line = match self.0.colours.get(service).filter(|_| self.0.has_colours) {
            Some(colour) => format!("\u{1b}[{colour}m{name}\u{1b}[0m  {text}"),
            None => format!("{name}  {text}"),
        };
        print(&line);
    }
}

fn print_json(value: &serde_json::Value) {
    print(&hecate_om::__private::escaped_json(&value.to_string()));
}

/// Prints a line. If nobody reads it, the services go on.
fn print(line: &str) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}
