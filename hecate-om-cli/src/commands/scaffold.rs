//! `scaffold`: the repository of a new service.

use crate::args::Scaffold;
use crate::output::{Failure, Output};
use crate::scaffold;

pub(crate) fn run(args: Scaffold, output: &Output) -> Result<(), Failure> {
    let written = scaffold::service(args, output.is_json())?;
    output.done(&written, || {
        let at = written.path.display();
        format!(
            "`{}` is in `{at}`: {} files. Next:\n  cd {at}\n  cargo test\n  cargo run\nREADME.md says how it is called, \
             built into an image and deployed. Commit Cargo.lock, too: the image is built from it.",
            written.name,
            written.files.len(),
        )
    })
}
