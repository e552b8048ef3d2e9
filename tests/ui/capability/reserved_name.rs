use hecate_om::capability;

#[capability("get_limits")]
async fn say(text: String) -> String {
    text
}

fn main() {}
