//! `publish`: publishes a fact, or each line of standard input.

use std::time::Duration;

use clap::Args;
use hecate_om::{Mesh, fact::PublishError};
use hecate_om_gateway::json::Json;
use hecate_om_manifest::{NameError, Topic};
use serde_json::json;

use crate::flags::{Errors, Lines, MeshFlags, Request};
use crate::output::{Failure, Output};
use crate::value_parsers::{MINUTE, duration, duration_within};

#[derive(Debug, Args)]
pub(crate) struct PublishArgs {
    /// Topic, `<org>/<app>/<thing_happened>_v<N>`
    #[arg(value_parser = topic)]
    topic: String,
    /// Fact as JSON, `null` if it has no content; `-` reads it from standard input, `@FILE` from a
    /// file
    #[arg(
        allow_negative_numbers = true,
        conflicts_with = "lines",
        required_unless_present = "lines"
    )]
    fact: Option<String>,
    /// Publish each line of standard input as a fact
    #[arg(long)]
    lines: bool,
    /// Time limit for sending each fact to a station, at most 10m
    #[arg(long, default_value = "30s", value_parser = duration)]
    timeout: Duration,
    /// Time for which stations deliver each fact, at most 1h [default: 10m]
    #[arg(long, value_parser = ttl)]
    ttl: Option<Duration>,
}

/// Parses a time to live, within the wire's limit.
fn ttl(text: &str) -> Result<Duration, String> {
    duration_within(text, MINUTE * 60)
}

/// Checks a topic.
pub(super) fn topic(text: &str) -> Result<String, NameError> {
    let topic: Topic = text.parse()?;
    Ok(topic.as_str().to_owned())
}

pub(crate) async fn run(
    args: &PublishArgs,
    mesh: &MeshFlags,
    output: &Output,
) -> Result<(), Failure> {
    let mut errors = Errors::default();
    let client = mesh.client(&mut errors);
    let fact = errors.check(Request::read(args.fact.as_deref(), "fact"));
    let Request(fact) = errors.finish(fact)?;
    let client = mesh.connect_with(client).await?;
    let published = if args.lines {
        args.publish_lines(client.mesh()).await
    } else {
        let outcome = args.publish(client.mesh(), &fact).await;
        outcome.map(|()| 1).map_err(Failure::from)
    };
    client.close().await;
    let published: u64 = published?;
    let result = json!({ "topic": args.topic, "published": published });
    output.print_response(&result, || match published {
        1 => format!("published 1 fact to {}", args.topic),
        n => format!("published {n} facts to {}", args.topic),
    })
}

impl PublishArgs {
    async fn publish(&self, mesh: &Mesh, fact: &Json) -> Result<(), PublishError> {
        let mut topic = mesh.topic(self.topic.as_str()).timeout(self.timeout);
        if let Some(ttl) = self.ttl {
            topic = topic.ttl(ttl);
        }
        topic.publish(fact).await
    }

    /// Publishes each line in sequence, so that the reported number is exact.
    async fn publish_lines(&self, mesh: &Mesh) -> Result<u64, Failure> {
        let mut lines = Lines::open("-").map_err(Failure::malformed)?;
        let mut published = 0;
        let ended: Result<(), Failure> = async {
            while let Some(fact) = lines.next().await? {
                match self.publish(mesh, fact.json()).await {
                    Err(PublishError::Unencodable(why)) => return Err(fact.malformed_item(&why)),
                    outcome => outcome?,
                }
                published += 1;
            }
            Ok(())
        }
        .await;
        match ended {
            Ok(()) => Ok(published),
            Err(failure) => Err(failure.with_context(&format!("{published} facts were published"))),
        }
    }
}
