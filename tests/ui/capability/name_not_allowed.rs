use hecate_om::capability;

#[capability("Echo.Say")]
async fn say(text: String) -> String {
    text
}

fn main() {}
