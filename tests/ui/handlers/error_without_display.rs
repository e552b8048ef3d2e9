use hecate_om::every;

struct Error;

#[every("30s")]
async fn prune() -> Result<(), Error> {
    Ok(())
}

fn main() {}
