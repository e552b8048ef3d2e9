use hecate_om::every;

#[every("30")]
async fn prune() {}

fn main() {}
