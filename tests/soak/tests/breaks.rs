//! The judge is tested, too: each promise that a service or caller breaks on purpose is caught.

use std::process::Command;

use hecate_om_soak::breaks::Break;

/// Rounds without faults, and one in which a replica restarts.
const PLAN: &str = "seed 1
round
round
  term alpha-2 at 0ms for 200ms
round
";

#[test]
#[ignore = "takes a quarter of an hour; run it with `just soak-judge`"]
fn every_promise_that_is_broken_on_purpose_is_caught() {
    let folder = std::env::temp_dir().join(format!("hecate-soak-breaks-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let plan = folder.join("plan");
    std::fs::write(&plan, PLAN).unwrap();
    let mut missed = Vec::new();
    for broken in Break::ALL {
        let out = folder.join(broken.name());
        let run = Command::new(env!("CARGO_BIN_EXE_hecate-soak"))
            .arg("--plan")
            .arg(&plan)
            .arg("--out")
            .arg(&out)
            .args(["--break", broken.name()])
            .output()
            .unwrap();
        let violations = std::fs::read_to_string(out.join("seed-1/violations"));
        let violations = violations.unwrap_or_default();
        let caught = violations.lines().any(|line| {
            line.split_once(": ")
                .is_some_and(|(promise, _)| promise == broken.caught_by())
        });
        println!("{broken}: {}", if caught { "caught" } else { "missed" });
        if !caught {
            let printed = String::from_utf8_lossy(&run.stdout).into_owned();
            missed.push(format!("{broken}: {printed}{violations}"));
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
    std::fs::remove_dir_all(folder).unwrap();
}
