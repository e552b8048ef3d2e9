use hecate_om::capability;
use std::cell::Cell;

#[capability("echo.say")]
async fn say(_times: &Cell<u8>) {}

fn main() {}
