use hecate_om::every;

#[every("30s")]
fn prune() {}

fn main() {}
