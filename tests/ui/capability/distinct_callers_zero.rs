use hecate_om::capability;

#[capability("echo.say", max_distinct_callers = 0)]
async fn say() {}

fn main() {}
