//! Many values: each line of a file or of standard input is one, as JSON.

use std::fmt::Display;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use hecate_om::__private::LocalDispatch;

use crate::file::{self, MAX};
use crate::json::{Json, parse};
use crate::output::Failure;

/// Lines of JSON, those that are blank left out.
pub(crate) struct Lines {
    reader: Option<Reader>,
    from: String,
    read: u64,
}

impl Lines {
    /// Of a file, or of standard input (`-`).
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

    /// The next value; `None` at the end. Where it is dropped before it is there, so are the rest.
    ///
    /// # Errors
    ///
    /// A line that cannot be read or is not JSON, by its number.
    pub(crate) async fn next(&mut self) -> Result<Option<Json>, Failure> {
        loop {
            let Some(reader) = self.reader.take() else {
                return Ok(None);
            };
            let (reader, line) = tokio::task::spawn_blocking(move || read(reader))
                .await
                .map_err(|error| Failure::new("failed", error.to_string()))?;
            self.read += 1;
            let wrong = |why: &dyn std::fmt::Display| {
                Failure::malformed(format!("line {} of {}: {why}", self.read, self.from))
            };
            let Some(line) = line.map_err(|error| wrong(&error))? else {
                return Ok(None);
            };
            self.reader = Some(reader);
            if !line.trim().is_empty() {
                return parse(&line)
                    .map(|value| Some(Json(value)))
                    .map_err(|why| wrong(&why));
            }
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
        Ok(bytes) if bytes as u64 > MAX => Err("it has more than 16 MiB".into()),
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
    async fn each_line_is_a_value_and_what_is_none_is_named_by_its_number() {
        let file = std::env::temp_dir().join(format!("hecate-om-lines-{}", std::process::id()));
        std::fs::write(&file, "1\n\n  \n{\"a\": 2}\nhello\n").unwrap();
        let mut lines = Lines::open(file.to_str().unwrap()).unwrap();
        std::fs::remove_file(&file).unwrap();
        for expected in [json!(1), json!({"a": 2})] {
            let Json(value) = lines.next().await.unwrap().unwrap();
            assert_eq!(value, expected);
        }
        let wrong = format!("{:?}", lines.next().await.unwrap_err());
        assert!(
            wrong.contains("line 5 of") && wrong.contains("not JSON"),
            "{wrong}"
        );
        assert!(lines.next().await.unwrap().is_none());
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        assert!(Lines::open("/nowhere").unwrap_err().contains("`/nowhere`"));
    }
}
