use hecate_om::{capability, hecate_service};

/// Says back what it hears.
#[hecate_service]
#[derive(Default)]
struct Echo;

#[capability("echo.say", version = 1)]
async fn say(text: String) -> String {
    text
}

#[cfg(test)]
mod tests {
    use hecate_om::testing::TestMesh;

    use super::{Echo, say};

    #[tokio::test]
    async fn it_says_back_what_it_hears() {
        let mesh = TestMesh::start().await;
        let echo = mesh.boot::<Echo>().await;
        let said = echo.call::<say>(&"hello".to_owned()).await;
        assert_eq!(said, Ok("hello".to_owned()));
    }
}
