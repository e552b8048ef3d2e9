//! Asking for what was not given.

use std::io::{self, BufRead, IsTerminal, Write};

use super::{answers, name};
use crate::args::Scaffold;

/// Whether a person is at both ends.
pub(super) fn somebody_is_there() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks for what has no default, and for the organisation.
pub(super) fn for_missing(args: &mut Scaffold) {
    let mut person = Person {
        says: io::stdin().lock(),
        hears: io::stderr().lock(),
    };
    ask_all(&mut person, args);
}

fn ask_all(person: &mut Person<impl BufRead, impl Write>, args: &mut Scaffold) {
    let slices = args.slices;
    match &args.name {
        // A mistake is told before anything is asked; what a flag gives has a default, and is not asked about.
        Some(name) if name::service(name, slices).is_err() => return,
        Some(_) => {}
        None => {
            let question = "The name of the service, as in `hecate-newservice`";
            args.name = person.ask(question, |text| name::service(text, slices));
        }
    }
    // Who has ended the conversation is asked nothing more.
    if args.name.is_none() || args.description.is_some() {
        return;
    }
    let question = "What does it do, in one sentence";
    args.description = person.ask(question, answers::description);
    if args.description.is_some() && args.org.is_none() {
        let question = "The organisation at the forge and the registry; nothing for none yet";
        let org = person.ask(question, |text| match text {
            "" => Ok(()),
            org => answers::org(org),
        });
        args.org = org.filter(|org| !org.is_empty());
    }
}

struct Person<R, W> {
    says: R,
    hears: W,
}

impl<R: BufRead, W: Write> Person<R, W> {
    /// Asks until the answer is right; `None` where there is none.
    fn ask(
        &mut self,
        question: &str,
        check: impl Fn(&str) -> Result<(), String>,
    ) -> Option<String> {
        loop {
            write!(self.hears, "{question}: ").ok()?;
            self.hears.flush().ok()?;
            let mut line = String::new();
            if self.says.read_line(&mut line).ok()? == 0 {
                // What is said next does not belong to the question.
                writeln!(self.hears).ok()?;
                return None;
            }
            let answer = line.trim();
            match check(answer) {
                Ok(()) => return Some(answer.to_owned()),
                Err(why) => writeln!(self.hears, "{why}").ok()?,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::args::{Args, Command};

    fn asked(given: &[&str], typed: &str) -> (Scaffold, String) {
        let line = ["hecate-om", "scaffold"].iter().chain(given);
        let Command::Scaffold(mut args) = Args::parse_from(line).command else {
            panic!("it is another command");
        };
        let mut person = Person {
            says: typed.as_bytes(),
            hears: Vec::new(),
        };
        ask_all(&mut person, &mut args);
        (args, String::from_utf8(person.hears).unwrap())
    }

    #[test]
    fn what_is_missing_is_asked_for_until_it_is_right() {
        let (args, heard) = asked(&[], "New\nnew-service\nDoes X\n\n");
        assert_eq!(args.name.as_deref(), Some("new-service"));
        assert_eq!(args.description.as_deref(), Some("Does X"));
        assert_eq!(args.org, None);
        assert_eq!(heard.matches("The name of the service").count(), 2);
        assert!(heard.contains("`N` at character 1"), "{heard}");
    }

    #[test]
    fn what_was_given_is_not_asked_for() {
        let given = ["--name", "a", "--description", "Does X"];
        assert_eq!(asked(&given, "").1, "");
    }

    #[test]
    fn a_mistake_is_told_before_anything_is_asked() {
        assert_eq!(asked(&["--name", "match"], "Does X\n").1, "");
    }

    #[test]
    fn who_ends_the_conversation_is_asked_nothing_more() {
        let (args, heard) = asked(&[], "");
        assert_eq!((args.name, args.description), (None, None));
        assert_eq!(heard.matches(": ").count(), 1, "{heard}");
    }
}
