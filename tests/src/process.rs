//! A child process whose log is read continuously, and which does not outlive its test.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Instant;

use crate::WAIT_LIMIT;

/// A running process.
#[derive(Debug)]
pub struct Process {
    child: Child,
    lines: Receiver<String>,
    log: Vec<String>,
}

impl Process {
    /// Starts the process. Its standard output and error are its log.
    ///
    /// # Panics
    ///
    /// If the process cannot be started.
    #[must_use]
    pub fn start(command: &mut Command) -> Self {
        let mut child = spawn(command);
        let (sender, lines) = channel();
        let streams: [Option<Box<dyn std::io::Read + Send>>; 2] = [
            child.stdout.take().map(|s| Box::new(s) as _),
            child.stderr.take().map(|s| Box::new(s) as _),
        ];
        for stream in streams.into_iter().flatten() {
            let sender = sender.clone();
            std::thread::spawn(move || {
                for line in BufReader::new(stream).lines().map_while(Result::ok) {
                    if sender.send(line).is_err() {
                        return;
                    }
                }
            });
        }
        Self {
            child,
            lines,
            log: Vec::new(),
        }
    }

    /// Returns the process's id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Like [`Process::wait_for`], but also accepts a line that was already read.
    pub fn ensure_logged(&mut self, text: &str) {
        if !self.log.iter().any(|line| line.contains(text)) {
            self.wait_for(text);
        }
    }

    /// Reads the log until a line contains `text`, and returns that line.
    ///
    /// # Panics
    ///
    /// With the whole log, if the process ends or the line does not come.
    pub fn wait_for(&mut self, text: &str) -> String {
        let until = Instant::now() + WAIT_LIMIT;
        loop {
            match self
                .lines
                .recv_timeout(until.saturating_duration_since(Instant::now()))
            {
                Ok(line) => {
                    self.log.push(line.clone());
                    if line.contains(text) {
                        return line;
                    }
                }
                Err(error) => panic!("no line with `{text}` ({error}):\n{}", self.log()),
            }
        }
    }

    /// Returns the part of the log that has been read.
    #[must_use]
    pub fn log(&self) -> String {
        self.log.join("\n")
    }

    /// Reads all available lines of the log, so that [`Process::wait_for`] finds only later ones.
    pub fn catch_up(&mut self) {
        self.log.extend(self.lines.try_iter());
    }

    /// Sends a signal, by its name for `kill`.
    ///
    /// # Panics
    ///
    /// If the signal cannot be sent.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill")
            .args(["-s", name, &self.child.id().to_string()])
            .status()
            .expect("`kill` can be run");
        assert!(sent.success(), "SIG{name} cannot be sent");
    }

    /// Waits until the process ends, and returns its exit status and whole log.
    ///
    /// # Panics
    ///
    /// If the process does not exit.
    pub fn end(mut self) -> (ExitStatus, String) {
        let until = Instant::now() + WAIT_LIMIT;
        // Both streams close when the process ends, and so does the channel.
        while let Ok(line) = self
            .lines
            .recv_timeout(until.saturating_duration_since(Instant::now()))
        {
            self.log.push(line);
        }
        assert!(
            Instant::now() < until,
            "the process does not exit:\n{}",
            self.log()
        );
        let status = self.child.wait().expect("the process can be waited for");
        (status, self.log())
    }

    /// Returns whether the process is still running.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }
}

/// Returns the command that runs `command` under another program, such as `nohup`.
#[must_use]
pub fn under(wrapper: &[&str], command: &Command) -> Command {
    let mut wrapped = Command::new(wrapper[0]);
    wrapped
        .args(&wrapper[1..])
        .arg(command.get_program())
        .args(command.get_args())
        .env_clear();
    for (variable, value) in command.get_envs() {
        if let Some(value) = value {
            wrapped.env(variable, value);
        }
    }
    if let Some(folder) = command.get_current_dir() {
        wrapped.current_dir(folder);
    }
    wrapped
}

/// Runs a command to its end, and returns its exit status, standard output and standard error.
///
/// # Panics
///
/// If the process cannot be started or does not exit.
pub(crate) fn run(command: &mut Command) -> (ExitStatus, Vec<u8>, Vec<u8>) {
    let child = spawn(command);
    let id = child.id();
    let (sender, ended) = channel();
    std::thread::spawn(move || {
        // The receiver is gone if the test has timed out.
        let _ = sender.send(child.wait_with_output());
    });
    match ended.recv_timeout(WAIT_LIMIT) {
        Ok(output) => {
            let output = output.expect("the process can be waited for");
            (output.status, output.stdout, output.stderr)
        }
        Err(_) => {
            let killed = Command::new("kill")
                .args(["-s", "KILL", &id.to_string()])
                .status();
            panic!("the command does not exit ({killed:?}): {command:?}");
        }
    }
}

fn spawn(command: &mut Command) -> Child {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the process can be started")
}

impl Drop for Process {
    fn drop(&mut self) {
        // The process may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
