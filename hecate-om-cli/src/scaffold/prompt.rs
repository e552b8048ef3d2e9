//! Prompts for the values that no flag gives.

use std::io::{self, BufRead, IsTerminal, Write};

use super::{ScaffoldArgs, name, validate};

/// Whether a person reads and answers prompts.
pub(super) fn is_interactive() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Prompts for the values without a default, and for the organisation.
pub(super) fn for_missing(args: &mut ScaffoldArgs) {
    let mut prompt = Prompt {
        input: io::stdin().lock(),
        output: io::stderr().lock(),
    };
    ask_all(&mut prompt, args);
}

fn ask_all(prompt: &mut Prompt<impl BufRead, impl Write>, args: &mut ScaffoldArgs) {
    let slices = args.slices;
    match &args.name {
        // An invalid name is reported before any prompt; values with a default are not prompted for.
        Some(name) if name::service(name, slices).is_err() => return,
        Some(_) => {}
        None => {
            let question = "Name of the service, as in `hecate-newservice`";
            args.name = prompt.ask(question, |text| name::service(text, slices));
        }
    }
    // After the end of the input there is nothing more to ask.
    if args.name.is_none() || args.description.is_some() {
        return;
    }
    let question = "What the service does, in one sentence";
    args.description = prompt.ask(question, validate::description);
    if args.description.is_some() && args.org.is_none() {
        let question = "Organisation on the forge and the registry (empty: none yet)";
        let org = prompt.ask(question, |text| match text {
            "" => Ok(()),
            org => validate::org(org),
        });
        args.org = org.filter(|org| !org.is_empty());
    }
}

struct Prompt<R, W> {
    input: R,
    output: W,
}

impl<R: BufRead, W: Write> Prompt<R, W> {
    /// Asks until the answer is valid; `None` at the end of the input.
    fn ask(
        &mut self,
        question: &str,
        check: impl Fn(&str) -> Result<(), String>,
    ) -> Option<String> {
        loop {
            write!(self.output, "{question}: ").ok()?;
            self.output.flush().ok()?;
            let mut line = String::new();
            if self.input.read_line(&mut line).ok()? == 0 {
                // What is said next does not belong to the question.
                writeln!(self.output).ok()?;
                return None;
            }
            let answer = line.trim();
            match check(answer) {
                Ok(()) => return Some(answer.to_owned()),
                Err(why) => writeln!(self.output, "{why}").ok()?,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::args::{Args, Command};

    fn asked(given: &[&str], typed: &str) -> (ScaffoldArgs, String) {
        let line = ["hecate-om", "scaffold"].iter().chain(given);
        let Command::Scaffold(mut args) = Args::parse_from(line).command else {
            panic!("it is another command");
        };
        let mut prompt = Prompt {
            input: typed.as_bytes(),
            output: Vec::new(),
        };
        ask_all(&mut prompt, &mut args);
        (args, String::from_utf8(prompt.output).unwrap())
    }

    #[test]
    fn what_is_missing_is_asked_for_until_it_is_right() {
        let (args, heard) = asked(&[], "New\nnew-service\nDoes X\n\n");
        assert_eq!(args.name.as_deref(), Some("new-service"));
        assert_eq!(args.description.as_deref(), Some("Does X"));
        assert_eq!(args.org, None);
        assert_eq!(heard.matches("Name of the service").count(), 2);
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
