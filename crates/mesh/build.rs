//! Makes Rust types of the messages in `proto/`, without an outside compiler; of those in `proto/routing` descriptors only,
//! by which configuration items are written.

use std::{
    env,
    error::Error,
    fs,
    path::{Path, PathBuf},
};

use prost::Message;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=proto");
    println!("cargo::rustc-check-cfg=cfg(fuzzing)");
    let folder = Path::new("proto");
    let descriptors = protox::compile(files(folder)?, [folder])?;
    prost_build::Config::new().btree_map(["."]).bytes(["."]).compile_fds(descriptors)?;

    let folder = folder.join("routing");
    let descriptors = protox::compile(files(&folder)?, [&folder])?;
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?);
    fs::write(out.join("routing.bin"), descriptors.encode_to_vec())?;
    Ok(())
}

/// The descriptions in a folder, in order.
fn files(folder: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let paths = fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path()));
    let mut files: Vec<_> = paths.collect::<Result<_, _>>()?;
    files.retain(|path| path.extension().is_some_and(|extension| extension == "proto"));
    files.sort();
    Ok(files)
}
