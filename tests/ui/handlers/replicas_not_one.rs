use hecate_om::{cron, every};

#[every("1h", replicas = 2)]
async fn prune() {}

#[cron("0 3 * * *", replicas = all)]
async fn report() {}

fn main() {}
