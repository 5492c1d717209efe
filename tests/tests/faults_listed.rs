//! What can go wrong is listed in `docs/faults.toml`; each row has a test, and `docs/FAULTS.md` shows which.

use std::{path::Path, process::Command};

#[test]
fn every_fault_that_is_listed_has_a_test_and_the_table_is_up_to_date() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let output = Command::new(tests::programs::python())
        .args(["tools/faults", "--check"])
        .current_dir(root)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
