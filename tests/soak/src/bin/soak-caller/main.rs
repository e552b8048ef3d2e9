//! A caller: random calls of every kind, each recorded before it is made and after it has ended.
//!
//! Commands come on standard input: `pause` waits until no call is in progress and answers
//! `paused`, `resume` answers `resumed`, `burst N` makes N calls at once, `hold ORG NODE` makes
//! calls that do not end by themselves, `flood ORG NODE` has a node publish a flood of facts,
//! `lie` announces contents and answers with others, `probe ORG NODE` calls each capability,
//! `volley ORG NODE` makes many short calls, and `meet ORG NODE` checks the permits of `soak.meet`.
//! Its settings come from the environment, as a
//! service's do.

mod caller;
mod checks;
mod liar;
mod load;
mod requests;
mod streams;

use std::io::BufRead as _;
use std::sync::Arc;

use hecate_om::Client;
use hecate_om_soak::wire::Act;

use caller::Caller;
use load::Load;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .init();
    let runtime = tokio::runtime::Runtime::new()?;
    let client = runtime.block_on(async {
        let builder = Client::builder().identity(caller::variable("SOAK_KEY")?);
        Ok::<_, Box<dyn std::error::Error>>(builder.connect(std::env::vars_os()).await?)
    })?;
    println!("node {}", client.mesh().node_id());
    let caller = Arc::new(Caller::new(client.mesh().clone())?);
    caller.record_held(&runtime);
    let load = {
        let _runtime = runtime.enter();
        Load::start(&caller)
    };
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let words: Vec<&str> = line.split_whitespace().collect();
        match *words {
            ["pause"] => {
                runtime.block_on(load.pause());
                println!("paused");
            }
            ["resume"] => {
                load.resume();
                println!("resumed");
            }
            ["burst", calls] => {
                let calls = calls.parse()?;
                runtime.spawn(Arc::clone(&caller).burst(calls));
                println!("started");
            }
            ["block", org, milliseconds] => {
                let (org, act) = (org.to_owned(), Act::Block(milliseconds.parse()?));
                let caller = Arc::clone(&caller);
                runtime.spawn(async move { caller.block(&org, act).await });
                println!("started");
            }
            ["flood", org, provider] => {
                let (org, provider) = (org.to_owned(), provider.to_owned());
                let caller = Arc::clone(&caller);
                runtime.spawn(async move { caller.flood(&org, &provider).await });
                println!("started");
            }
            ["hold", org, provider] => {
                let (org, provider) = (org.to_owned(), provider.to_owned());
                runtime.spawn(Arc::clone(&caller).hold(org, provider));
                println!("started");
            }
            ["lie"] => {
                let lying = runtime.block_on(liar::lie(&caller.mesh));
                println!(
                    "{}",
                    lying.map_or_else(|error| error, |()| "lying".to_owned())
                );
            }
            ["probe", org, provider] => {
                let answered = runtime.block_on(caller.probe(org, provider));
                println!(
                    "{}",
                    answered.map_or_else(|error| error, |()| "answered".to_owned())
                );
            }
            ["volley", org, provider] => {
                let answered = runtime.block_on(caller.volley(org, provider));
                println!(
                    "{}",
                    answered.map_or_else(|error| error, |()| "answered".to_owned())
                );
            }
            ["meet", org, provider] => {
                let met = runtime.block_on(caller.meet(org, provider));
                println!("{}", met.map_or_else(|error| error, |()| "met".to_owned()));
            }
            _ => println!("unknown command `{line}`"),
        }
    }
    runtime.block_on(load.pause());
    runtime.block_on(client.close());
    Ok(())
}
