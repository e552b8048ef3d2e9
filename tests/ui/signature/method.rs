use hecate_om::capability;

struct Echo;

impl Echo {
    #[capability("echo.say")]
    async fn say(&self, text: String) -> String {
        text
    }
}

fn main() {}
