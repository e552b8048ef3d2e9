use hecate_om::cron;

#[cron("0 0 30 2 *")]
async fn prune() {}

fn main() {}
