use hecate_om::{capability, hecate_service};

/// Echoes the request.
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
    async fn it_echoes_the_request() {
        let mesh = TestMesh::start().await;
        let echo = mesh.boot::<Echo>().await;
        let response = echo.call::<say>(&"hello".to_owned()).await;
        assert_eq!(response, Ok("hello".to_owned()));
    }
}
