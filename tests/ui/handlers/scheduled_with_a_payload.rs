use hecate_om::every;

#[every("30s")]
async fn prune(_index: String) {}

fn main() {}
