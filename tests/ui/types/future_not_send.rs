use std::rc::Rc;

use hecate_om::capability;

#[capability("echo.say")]
async fn say(text: String) -> usize {
    let shared = Rc::new(text);
    std::future::ready(()).await;
    shared.len()
}

fn main() {}
