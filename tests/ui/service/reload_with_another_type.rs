use hecate_om::{Boot, Service, Settings, StartError, hecate_service};

#[derive(Settings)]
struct EchoSettings {
    #[settings(reload)]
    text: String,
}

#[derive(Settings)]
struct OtherSettings {
    text: String,
}

#[hecate_service(settings = EchoSettings, main = false)]
struct Echo;

impl Service for Echo {
    async fn start(_: &mut Boot) -> Result<Self, StartError> {
        Ok(Self)
    }

    async fn reload(&self, _: &OtherSettings) -> Result<(), StartError> {
        Ok(())
    }
}

fn main() {}
