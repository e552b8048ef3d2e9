use hecate_om::every;

#[every("30s", period = "1m")]
async fn prune() {}

fn main() {}
