use hecate_om::every;

#[every("1h", retries = 5, order = "kept")]
async fn prune() {}

fn main() {}
