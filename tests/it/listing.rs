//! What `ls` and `top` list.

use hecate_om_tests::{Sandbox, until};
use serde_json::Value;

use crate::tools::lines;

#[test]
fn what_is_no_service_is_listed_only_on_request() {
    let machine = Sandbox::new();
    let trial = machine.start("hecate-trial");
    trial.ready();
    let orgs = |args: &[&str]| -> Vec<String> {
        let answer = machine.cli(args);
        assert_eq!(answer.code, 0, "{answer:?}");
        let rows = match args[0] {
            "ls" => answer.json()["result"]
                .as_array()
                .cloned()
                .unwrap_or_default(),
            _ => lines(&answer),
        };
        let org = |row: &Value| row["org"].as_str().expect("each has one").to_owned();
        rows.iter().map(org).collect()
    };
    let is_internal = |org: &String| org.starts_with('~');
    for (all, services) in [
        (&["ls", "--all", "--json"][..], &["ls", "--json"][..]),
        (&["top", "--all", "--once"], &["top", "--once"]),
    ] {
        until("the procedure for flow control is advertised", || {
            let orgs = orgs(all);
            orgs.iter().any(is_internal).then_some(()).ok_or(orgs)
        });
        assert_eq!(orgs(services), ["hecate-trial"]);
    }
}
