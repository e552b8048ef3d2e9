//! JSON Lines, read from a file or standard input.

use std::fmt::Display;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use hecate_om::__private::LocalDispatch;
use hecate_om_gateway::json::{Json, parse};

use crate::file::{self, MAX};
use crate::output::Failure;

/// Reader of JSON Lines that skips blank lines.
pub(crate) struct Lines {
    reader: Option<Reader>,
    from: String,
    read: u64,
}

impl Lines {
    /// Opens a file, or standard input (`-`).
    pub(crate) fn open(from: &str) -> Result<Self, String> {
        let (reader, from): (Reader, String) = match from {
            "-" => (
                Box::new(BufReader::new(std::io::stdin())),
                "standard input".into(),
            ),
            path => {
                let file =
                    file::open(Path::new(path)).map_err(|error| format!("`{path}`: {error}"))?;
                (Box::new(BufReader::new(file)), format!("`{path}`"))
            }
        };
        Ok(Self {
            reader: Some(reader),
            from,
            read: 0,
        })
    }

    /// Returns the next value, `None` at the end. If the future is dropped early, the remaining
    /// lines are lost.
    ///
    /// # Errors
    ///
    /// Fails on a line that cannot be read or is not JSON. The failure has the line's number.
    pub(crate) async fn next(&mut self) -> Result<Option<Item>, Failure> {
        loop {
            let Some(reader) = self.reader.take() else {
                return Ok(None);
            };
            let (reader, line) = tokio::task::spawn_blocking(move || read(reader))
                .await
                .map_err(|error| Failure::new("failed", error.to_string()))?;
            self.read += 1;
            let location = format!("line {} of {}", self.read, self.from);
            let Some(line) = line.map_err(|error| malformed(&location, &error))? else {
                return Ok(None);
            };
            self.reader = Some(reader);
            if !line.trim().is_empty() {
                let json = Json(parse(&line).map_err(|why| malformed(&location, &why))?);
                return Ok(Some(Item { json, location }));
            }
        }
    }
}

fn malformed(location: &str, why: &dyn Display) -> Failure {
    Failure::malformed(format!("{location}: {why}"))
}

/// Value of a line.
#[derive(Debug)]
pub(crate) struct Item {
    json: Json,
    /// Number of the line and name of the file.
    location: String,
}

impl Item {
    pub(crate) const fn json(&self) -> &Json {
        &self.json
    }

    /// Returns the failure for an item that cannot be sent.
    pub(crate) fn malformed_item(&self, why: &dyn Display) -> Failure {
        malformed(&self.location, why)
    }

    /// Refuses an item that is larger than the capability accepts.
    pub(crate) fn check_size(self, max: Option<u64>) -> Result<Self, Failure> {
        let Some(max) = max else {
            return Ok(self);
        };
        match LocalDispatch::encoded_len(&self.json) {
            Some(bytes) if bytes > max => Err(self.malformed_item(&format!(
                "the item has {bytes} bytes; the capability accepts at most {max} (`max_bytes`)"
            ))),
            _ => Ok(self),
        }
    }
}

type Reader = Box<dyn BufRead + Send>;

fn read(mut reader: Reader) -> (Reader, Result<Option<String>, String>) {
    let mut line = String::new();
    let read = reader.by_ref().take(MAX + 1).read_line(&mut line);
    let line = match read {
        Err(error) => Err(error.to_string()),
        Ok(0) => Ok(None),
        Ok(bytes) if bytes as u64 > MAX => Err("it is larger than 16 MiB".into()),
        Ok(_) => Ok(Some(line)),
    };
    (reader, line)
}

impl std::fmt::Debug for Lines {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Lines({}, {} read)", self.from, self.read)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[tokio::test]
    async fn each_line_is_a_value_and_an_invalid_one_is_named_by_its_number() {
        let file = std::env::temp_dir().join(format!("hecate-om-lines-{}", std::process::id()));
        std::fs::write(&file, "1\n\n  \n{\"a\": 2}\nhello\n").unwrap();
        let mut lines = Lines::open(file.to_str().unwrap()).unwrap();
        std::fs::remove_file(&file).unwrap();
        for expected in [json!(1), json!({"a": 2})] {
            let Json(value) = lines.next().await.unwrap().unwrap().json;
            assert_eq!(value, expected);
        }
        let malformed = format!("{:?}", lines.next().await.unwrap_err());
        assert!(
            malformed.contains("line 5 of") && malformed.contains("not JSON"),
            "{malformed}"
        );
        assert!(lines.next().await.unwrap().is_none());
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        assert!(Lines::open("/nowhere").unwrap_err().contains("`/nowhere`"));
    }
}
