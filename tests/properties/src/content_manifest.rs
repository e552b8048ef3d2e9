//! Contents that a peer sends.

use arbitrary::{Result, Unstructured};
use hecate_om::__private::{LocalDispatch, verify_block, verify_root};
use hecate_om::content::Content;
use macula_rust::cbor::{self, Value};
use macula_rust::manifest::{self, Mcid};

use crate::generators::cbor::damage;
use crate::limits::within_limits;

/// Memory for each byte of an answer: a value of the wire and the manifest read from it.
const FACTOR: u64 = 128;

/// Maximum number of chunks of a generated content.
const CHUNKS: usize = 40;

/// Checks that an answer of a peer is either a root whose chunks make up the content, or refused
/// with a reason; that a block is accepted exactly if it is the content with the id; and that an id
/// prints as text that parses to the same id.
///
/// The input describes a content, the damage to its manifest, and the id that is asked for; or it
/// is the answer itself.
///
/// # Panics
///
/// If a property does not hold.
pub fn content_manifest(input: &[u8]) {
    let zeros = Content::try_from(id_of(&[0; 50])).expect("an id of a manifest");
    root_is_whole(&zeros, input);
    if let Ok((id, answer)) = answer(&mut Unstructured::new(input)) {
        // An id without a known hash cannot be asked for.
        if let Ok(content) = Content::try_from(id) {
            root_is_whole(&content, &answer);
        }
    }
    block_is_the_content(input);
    id_is_text(input);
}

/// Returns an id and the answer of a peer, from a description.
fn answer(u: &mut Unstructured<'_>) -> Result<(Mcid, Vec<u8>)> {
    let chunk_size = u.int_in_range(1..=64)?;
    let size = u.int_in_range(0..=chunk_size * CHUNKS)?;
    let (name, chunk_size) = (u.arbitrary::<&str>()?, chunk_size as u64);
    let made = manifest::create_at(&vec![u.arbitrary()?; size], name, chunk_size, 1);
    let (manifest, _) = made.expect("the content has a manifest");
    let mut wire = manifest::to_wire(&manifest);
    for _ in 0..u.int_in_range(0..=3)? {
        damage(&mut wire, u)?;
    }
    // A peer may have chosen the id itself, so that it is the one of the damaged manifest.
    let id = match manifest::from_wire(&wire) {
        Ok(read) if u.arbitrary()? => manifest::mcid_for(&read),
        _ => manifest.mcid,
    };
    let answer = Value::Map(vec![(Value::text("manifest"), wire)]);
    Ok((id, cbor::encode(&answer).unwrap_or_default()))
}

fn root_is_whole(content: &Content, answer: &[u8]) {
    let root = within_limits(answer.len(), FACTOR, || verify_root(content, answer));
    match root {
        Ok(root) => {
            assert_eq!(root.chunks.iter().sum::<u64>(), root.size);
            assert!(root.chunks.iter().all(|size| *size > 0));
        }
        Err(reason) => assert!(!reason.is_empty(), "refused for a reason"),
    }
}

/// Asks for a block with the id of the input, and with another one.
fn block_is_the_content(input: &[u8]) {
    let block = Value::Map(vec![(Value::text("bytes"), Value::Bytes(input.to_vec()))]);
    let answer = cbor::encode(&block).expect("a block is CBOR");
    let own = Content::try_from(manifest::block_mcid(input)).expect("an id of a block");
    let other = Content::try_from(manifest::block_mcid(b"other")).expect("an id of a block");
    let verify = |content| within_limits(answer.len(), FACTOR, || verify_block(content, &answer));
    assert_eq!(verify(&own).as_deref(), Ok(input));
    assert_eq!(verify(&other).is_ok(), input == b"other");
    assert!(
        verify_block(&own, input).is_err(),
        "the content itself is no answer"
    );
}

fn id_is_text(input: &[u8]) {
    if let Ok(bytes) = input.try_into()
        && let Ok(content) = Content::<[u8]>::try_from(id_of(bytes))
    {
        assert_eq!(content.to_string().parse(), Ok(content));
    }
    let text = std::str::from_utf8(input).unwrap_or_default();
    match text.parse::<Content>() {
        Ok(content) => assert_eq!(content.to_string(), text.to_ascii_lowercase()),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
    if let Ok(content) = LocalDispatch::try_decode::<Content>(input) {
        let encoded = LocalDispatch::try_encode(&content).expect("an id encodes");
        assert_eq!(LocalDispatch::try_decode(&encoded), Ok(content));
    }
}

/// Returns the id of a manifest with this hash.
fn id_of(bytes: &[u8; 50]) -> Mcid {
    let mut id = *bytes;
    id[..2].copy_from_slice(&[2, 0x56]);
    id
}
