use hecate_om::cron;

#[cron("0 25 * * *")]
async fn prune() {}

fn main() {}
