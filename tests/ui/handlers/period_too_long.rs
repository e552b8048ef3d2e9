use hecate_om::every;

#[every("200h")]
async fn prune() {}

fn main() {}
