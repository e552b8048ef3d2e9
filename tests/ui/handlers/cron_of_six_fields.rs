use hecate_om::cron;

#[cron("0 0 3 * * *")]
async fn prune() {}

fn main() {}
