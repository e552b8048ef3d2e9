//! A child process that executes commands from its standard input.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

/// Time in which a worker ends at the end of its commands.
const END_LIMIT: Duration = Duration::from_secs(10);

/// Process that executes commands, one at a time. It ends with its handle.
#[derive(Debug)]
pub struct Worker {
    child: Child,
    /// `None` once the worker ends.
    commands: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Worker {
    /// Starts the process, and waits until it is ready.
    ///
    /// # Panics
    ///
    /// If the process does not become ready.
    #[must_use]
    pub fn start(command: &mut Command) -> Self {
        let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut child = child.expect("the process starts");
        let commands = child.stdin.take();
        let answers = BufReader::new(child.stdout.take().expect("it is piped"));
        let mut worker = Self {
            child,
            commands,
            answers,
        };
        assert_eq!(worker.line(), "ready");
        worker
    }

    /// Returns the id of the process.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits for the output of a command.
    ///
    /// # Panics
    ///
    /// If the process has ended.
    pub fn line(&mut self) -> String {
        let mut line = String::new();
        let read = self.answers.read_line(&mut line);
        assert!(read.is_ok_and(|bytes| bytes > 0), "the process ended");
        line.trim_end().to_owned()
    }

    /// Executes a command, and returns its output.
    ///
    /// # Panics
    ///
    /// If the process has ended.
    pub fn ask(&mut self, command: &str) -> String {
        self.tell(command);
        self.line()
    }

    /// Starts a command.
    ///
    /// # Panics
    ///
    /// If the process has ended.
    pub fn tell(&mut self, command: &str) {
        let commands = self.commands.as_mut().expect("it is piped");
        writeln!(commands, "{command}").expect("the process reads");
    }

    /// Executes a command, and returns the duration that the process measured.
    ///
    /// # Panics
    ///
    /// If the output is not a number, or the process has ended.
    pub fn time(&mut self, command: &str) -> Duration {
        let seconds = self.ask(command).parse().expect("a number");
        Duration::from_secs_f64(seconds)
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // At the end of its commands the process ends, and those that it has started with it.
        drop(self.commands.take());
        let end = Instant::now() + END_LIMIT;
        while self.child.try_wait().is_ok_and(|ended| ended.is_none()) {
            if Instant::now() > end {
                // The process may have ended by itself.
                let _ = self.child.kill();
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}
