use hecate_om::capability;

#[capability]
async fn say(text: String) -> String {
    text
}

fn main() {}
