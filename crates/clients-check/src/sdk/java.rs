//! Java: Maven compiles the one program against the version of a profile and tells its class path.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result};

use super::{Role, Stage};
use crate::workshop::Workshop;

pub(super) fn prepare(workshop: &Workshop, stage: &Stage<'_>, profile: &str) -> Result<Command> {
    let output = workshop.directory(&format!("build/{profile}"))?;
    let class_path = output.join("class-path");
    {
        let _alone = workshop.maven.lock();
        workshop.build(
            &output.join("build.log"),
            Command::new("mvn")
                .args(["--batch-mode", "--quiet", "--file"])
                .arg(workshop.sources.join("java/pom.xml"))
                .args(["--activate-profiles", profile, "compiler:compile", "dependency:build-classpath"])
                .arg(format!("-Dclasses.root={}", output.display()))
                .arg(format!("-Dmdep.outputFile={}", class_path.display())),
        )?;
    }
    let dependencies = fs::read_to_string(&class_path).context("read the class path")?;
    let (program, heap) = match stage.role {
        Role::Script => ("SdkClient", "-Xmx128m"),
        Role::Cipher => ("CipherClient", "-Xmx128m"),
        Role::Storm => ("StormClient", "-Xmx512m"),
    };
    let home = stage.dir.display();
    let mut command = Command::new("java");
    command
        .arg("-cp")
        .arg(format!("{}:{}", output.join("classes").display(), dependencies.trim()))
        .arg(format!("-Duser.home={home}"))
        .arg(format!("-DJM.SNAPSHOT.PATH={home}"))
        .arg(format!("-DJM.LOG.PATH={home}"))
        .args(["-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", heap, "-XX:TieredStopAtLevel=1"])
        .arg(program);
    Ok(command)
}
