use hecate_om::capability;

#[capability("echo.say", access = nodes(
        "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff",
        "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
    ))]
async fn say(text: String) -> String {
    text
}

fn main() {}
