//! The SDKs under test, each with the tools it needs and the recipe that turns its program into a command.

mod go;
mod java;
mod node;
mod python;
mod rust;

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::maven;
use crate::ports::Ports;
use crate::toolchain::Tool;
use crate::workshop::Workshop;

/// An SDK in a version that its folder of `tests/clients` pins.
#[derive(Debug, Clone, Copy)]
pub enum Sdk {
    /// `nacos-client`; the profile of the Maven project.
    Java(&'static str),
    /// `nacos-sdk-go/v2`.
    Go,
    /// `nacos-sdk-python`; the generation and its program.
    Python {
        /// Names the requirements file.
        generation: &'static str,
        /// The file with the program.
        program: &'static str,
    },
    /// `nacos`.
    Node,
    /// `nacos-sdk`.
    Rust,
}

/// What a recipe needs to know of the run for which it makes a command.
pub(crate) struct Stage<'a> {
    /// The run's own directory, also the program's home.
    pub(crate) dir: &'a Path,
    pub(crate) ports: Ports,
    pub(crate) role: Role,
}

/// What a program acts out. Only Java and Go know the storm, and only Java from 2.1 on the script about encryption.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Script,
    Cipher,
    Storm,
}

impl Sdk {
    /// Every SDK that Navaid promises to serve.
    pub const ALL: [Sdk; 9] = [
        Sdk::Java("java-1.4"),
        Sdk::Java("java-2.5"),
        Sdk::Java("java-3.1"),
        Sdk::Go,
        Sdk::Python { generation: "1.0", program: "http_client.py" },
        Sdk::Python { generation: "2.0", program: "grpc_client.py" },
        Sdk::Python { generation: "3.2", program: "grpc_client.py" },
        Sdk::Node,
        Sdk::Rust,
    ];

    /// The SDKs that encrypt with plugins.
    pub const ENCRYPTING: [Sdk; 2] = [Sdk::Java("java-2.5"), Sdk::Java("java-3.1")];

    /// The name of the test, and of its directory below the output.
    pub fn name(self) -> String {
        match self {
            Sdk::Java(profile) => profile.to_owned(),
            Sdk::Go => "go-2.3".to_owned(),
            Sdk::Python { generation, .. } => format!("python-{generation}"),
            Sdk::Node => "node-2.6".to_owned(),
            Sdk::Rust => "rust-0.8".to_owned(),
        }
    }

    /// The tools that build and run its program.
    pub(crate) fn tools(self) -> &'static [Tool] {
        match self {
            Sdk::Java(_) => &maven::TOOLS,
            Sdk::Go => &[Tool::GO],
            Sdk::Python { .. } => &[Tool::PYTHON],
            Sdk::Node => &[Tool("node", "--version"), Tool("npm", "--version")],
            Sdk::Rust => &[Tool("cargo", "--version")],
        }
    }

    /// Downloads and builds what is not there yet, and gives the command that runs the program.
    ///
    /// # Errors
    /// A tool fails; the error has what it said.
    pub(crate) fn prepare(self, workshop: &Workshop, stage: &Stage<'_>) -> Result<Command> {
        match self {
            Sdk::Java(profile) => java::prepare(workshop, stage, profile),
            Sdk::Go => go::prepare(workshop, stage),
            Sdk::Python { generation, program } => python::prepare(workshop, generation, program),
            Sdk::Node => node::prepare(workshop, stage),
            Sdk::Rust => rust::prepare(workshop),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_all_sdks_differ() {
        let names: std::collections::BTreeSet<String> = Sdk::ALL.into_iter().map(Sdk::name).collect();
        assert_eq!(names.len(), Sdk::ALL.len());
    }
}
