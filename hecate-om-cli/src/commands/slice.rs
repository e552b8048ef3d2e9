//! `slice add`: one more slice of a service.

use crate::args::SliceAdd;
use crate::output::{Failure, Output};
use crate::scaffold;

pub(crate) fn run(args: &SliceAdd, output: &Output) -> Result<(), Failure> {
    let written = scaffold::add(args)?;
    output.done(&written, || {
        format!(
            "the slice `{}` is in `{}`, and the service depends on it; the next `cargo build` takes it into manifest.json",
            written.name,
            written.path.display()
        )
    })
}
