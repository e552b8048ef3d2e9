use hecate_om::capability;

#[capability("echo.say", dedupe = disk("10"))]
async fn say() {}

fn main() {}
