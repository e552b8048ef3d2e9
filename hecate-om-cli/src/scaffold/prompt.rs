//! Prompts for missing values.

use std::io::{self, BufRead, IsTerminal, Write};

use super::{ScaffoldArgs, name, validate};

/// Returns whether prompts can be shown and answered.
pub(super) fn is_interactive() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Prompts for missing values without a default, and for the organisation.
pub(super) fn for_missing(args: &mut ScaffoldArgs) {
    let mut prompt = Prompt {
        input: io::stdin().lock(),
        output: io::stderr().lock(),
    };
    fill_missing(&mut prompt, args);
}

fn fill_missing(prompt: &mut Prompt<impl BufRead, impl Write>, args: &mut ScaffoldArgs) {
    let slices = args.slices;
    match &args.name {
        // An invalid name is reported before any prompt.
        Some(name) if name::service(name, slices).is_err() => return,
        Some(_) => {}
        None => {
            let question = "Name of the service, as in `hecate-newservice`";
            args.name = prompt.read_valid(question, |text| name::service(text, slices));
        }
    }
    // `None` after a prompt is the end of the input.
    if args.name.is_none() || args.description.is_some() {
        return;
    }
    let question = "What the service does, in one sentence";
    args.description = prompt.read_valid(question, validate::description);
    if args.description.is_some() && args.org.is_none() {
        let question = "Organisation on the forge and the registry (empty: none yet)";
        let org = prompt.read_valid(question, |text| match text {
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
    /// Prompts until the answer is valid; `None` at the end of the input.
    fn read_valid(
        &mut self,
        question: &str,
        check: impl Fn(&str) -> Result<(), String>,
    ) -> Option<String> {
        loop {
            write!(self.output, "{question}: ").ok()?;
            self.output.flush().ok()?;
            let mut line = String::new();
            if self.input.read_line(&mut line).ok()? == 0 {
                // The next output starts on a new line.
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

    fn prompted(given: &[&str], typed: &str) -> (ScaffoldArgs, String) {
        let line = ["hecate-om", "scaffold"].iter().chain(given);
        let Command::Scaffold(mut args) = Args::parse_from(line).command else {
            panic!("it is another command");
        };
        let mut prompt = Prompt {
            input: typed.as_bytes(),
            output: Vec::new(),
        };
        fill_missing(&mut prompt, &mut args);
        (args, String::from_utf8(prompt.output).unwrap())
    }

    #[test]
    fn missing_values_are_prompted_for_until_they_are_valid() {
        let (args, output_text) = prompted(&[], "New\nnew-service\nDoes X\n\n");
        assert_eq!(args.name.as_deref(), Some("new-service"));
        assert_eq!(args.description.as_deref(), Some("Does X"));
        assert_eq!(args.org, None);
        assert_eq!(output_text.matches("Name of the service").count(), 2);
        assert!(output_text.contains("`N` at character 1"), "{output_text}");
    }

    #[test]
    fn given_values_are_not_prompted_for() {
        let given = ["--name", "a", "--description", "Does X"];
        assert_eq!(prompted(&given, "").1, "");
    }

    #[test]
    fn an_invalid_name_is_reported_before_any_prompt() {
        assert_eq!(prompted(&["--name", "match"], "Does X\n").1, "");
    }

    #[test]
    fn the_end_of_the_input_ends_the_prompts() {
        let (args, output_text) = prompted(&[], "");
        assert_eq!((args.name, args.description), (None, None));
        assert_eq!(output_text.matches(": ").count(), 1, "{output_text}");
    }
}
