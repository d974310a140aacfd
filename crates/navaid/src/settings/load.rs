//! From the process's surroundings to [`Settings`]: gather the sources, read every leaf, report.

use std::collections::HashMap;
use std::ffi::OsString;
use std::net::{IpAddr, UdpSocket};
use std::path::{Path, PathBuf};

use super::container;
use super::effective::Effective;
use super::files::Files;
use super::locations::{Locations, Place};
use super::mistake::{Mistake, Mistakes, Notice, Weight};
use super::overruled;
use super::protections;
use super::reader::Reader;
use super::refusals;
use super::secret::Secret;
use super::source::{Environment, FileRole, Layer, LayerKind, NamedLayer, Origin, Sources, Written};
use super::unknown;
use super::{Settings, catalog};

/// What the command line says about settings.
#[derive(Debug, Clone, Default)]
pub struct Flags {
    /// `-c`: settings file, or the directory it is in.
    pub file: Option<PathBuf>,
    /// `--data`: directory of everything that is stored.
    pub data: Option<PathBuf>,
    /// `--set`: keys with their values, the last of one key counts.
    pub set: Vec<(String, String)>,
}

/// Everything that settings are made of, as arguments: nothing here asks the process.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// The command line.
    pub flags: Flags,
    /// The environment; what is no UTF-8 in it has become U+FFFD.
    pub environment: Vec<(String, String)>,
    /// Where relative paths start.
    pub working_dir: PathBuf,
    /// The name of this machine, if it is known: members may be written with it.
    pub host_name: Option<String>,
    /// Whether an address belongs to this machine.
    pub is_own_address: fn(IpAddr) -> bool,
}

impl Surroundings {
    /// The surroundings of this process.
    ///
    /// # Errors
    /// When the working directory is gone.
    pub fn of_process(flags: Flags) -> std::io::Result<Self> {
        let lossy = |text: OsString| text.to_string_lossy().into_owned();
        let environment = std::env::vars_os().map(|(name, value)| (lossy(name), lossy(value))).collect();
        Ok(Self {
            flags,
            environment,
            working_dir: std::env::current_dir()?,
            host_name: host_name(),
            is_own_address: |ip| UdpSocket::bind((ip, 0)).is_ok(),
        })
    }
}

/// The name of this machine, as its container or its kernel tells it.
fn host_name() -> Option<String> {
    let kernel = || std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let name = std::env::var("HOSTNAME").ok().filter(|name| !name.is_empty()).or_else(kernel)?;
    Some(name.trim().to_owned()).filter(|name| !name.is_empty())
}

/// Valid settings, and what is to be said about them.
#[derive(Debug)]
pub struct Loaded {
    /// The settings.
    pub settings: Settings,
    /// One log line each.
    pub notices: Vec<Notice>,
    /// The listing of `navaid settings --effective`.
    pub effective: Effective,
}

/// Reads and checks all settings.
///
/// # Errors
/// All mistakes at once.
pub fn load(surroundings: &Surroundings) -> Result<Loaded, Mistakes> {
    let (sources, mut files) = gather(surroundings);
    let mut reader = Reader::new(&sources);
    let settings = Settings::read(&mut reader);
    refusals::check(&mut reader, &settings, surroundings, files.cluster_conf.as_ref());
    files.mistakes.append(&mut reader.mistakes);
    files.mistakes.extend(protections::disguised(&sources));
    if !files.mistakes.is_empty() {
        return Err(Mistakes(files.mistakes));
    }
    let (unknown, idle) = unknown::sort_out(&sources);
    let overruled = overruled::find(&sources, files.unread_by_java);
    let mut notices: Vec<Notice> =
        files.notices.into_iter().chain(reader.notices).chain(overruled).chain(unknown).collect();
    let is_told = |lost: &Notice| {
        notices.iter().any(|told| {
            (&told.key, &told.origin) == (&lost.key, &lost.origin)
                && told.text.starts_with("it has no effect")
        })
    };
    let lost: Vec<Notice> =
        protections::overridden(&sources).into_iter().filter(|lost| !is_told(lost)).collect();
    notices.extend(lost);
    let notices = notices.into_iter().map(Notice::printable).collect();
    let mut rows = reader.rows;
    rows.sort_by_key(|row| catalog::position(row.key));
    Ok(Loaded { settings, notices, effective: Effective { rows, idle } })
}

/// The settings files by whose changes a running server is to notice that they changed, there or not.
pub(crate) fn main_files(surroundings: &Surroundings) -> Vec<PathBuf> {
    let above_files = Sources::new(above_files(surroundings), system_properties(surroundings, None));
    let home = Reader::new(&above_files).read(&catalog::HOME);
    locations(surroundings, home.as_deref(), &above_files).watched()
}

fn locations(surroundings: &Surroundings, home: Option<&Path>, above_files: &Sources) -> Locations {
    let place = Place {
        working_dir: &surroundings.working_dir,
        named: surroundings.flags.file.as_deref(),
        home: home.unwrap_or(Path::new("")),
    };
    Locations::find(&place, above_files)
}

/// Stacks the sources. Files are found with what flags and environment say, so these come first.
pub(crate) fn gather(surroundings: &Surroundings) -> (Sources, Files) {
    let above_files = Sources::new(above_files(surroundings), system_properties(surroundings, None));
    let mut reader = Reader::new(&above_files);
    let home = reader.read(&catalog::HOME);
    let standalone = reader.read(&catalog::STANDALONE) == Some(true);
    let working_dir = &surroundings.working_dir;
    let mut locations = locations(surroundings, home.as_deref(), &above_files);
    let mut files = Files::read(working_dir, &mut locations);

    let system = || system_properties(surroundings, home.as_deref());
    let with_main = stack(surroundings, &files, &[], system());
    let mut reader = Reader::new(&with_main);
    let (imports, named_in) = reader.list("spring.config.import");
    let standalone = standalone.then_some("standalone");
    let profiles = profiles(&mut reader, standalone);
    files.mistakes.append(&mut reader.mistakes);
    files.notices.extend(hidden_profiles(&with_main));
    files.mistakes.extend(broken_json(surroundings));
    files.import(working_dir, &imports, named_in);
    files.add_profiles(working_dir, &locations, &profiles);
    (stack(surroundings, &files, &profiles, system()), files)
}

/// The active profiles; where none is, the default ones, as Spring has it.
fn profiles(reader: &mut Reader<'_>, standalone: Option<&str>) -> Vec<String> {
    let mut listed = |key| {
        let (texts, _) = reader.list(key);
        let names = texts.iter().flat_map(|text| text.value.split(',')).map(str::trim);
        names.filter(|name| !name.is_empty()).map(str::to_owned).collect::<Vec<String>>()
    };
    let mut active = listed(ACTIVE_PROFILES);
    active.extend(standalone.map(str::to_owned));
    if active.is_empty() {
        active = listed(DEFAULT_PROFILES);
    }
    if active.is_empty() {
        active.push("default".to_owned());
    }
    active
}

const ACTIVE_PROFILES: &str = "spring.profiles.active";
const DEFAULT_PROFILES: &str = "spring.profiles.default";

/// Profiles that an empty value above them switches off, and with them what their files protect.
fn hidden_profiles(sources: &Sources) -> Option<Notice> {
    let mut all = sources.find_all(ACTIVE_PROFILES).map(|found| found.written);
    let counting = all.next().filter(|written| written.text.expose().trim().is_empty())?;
    let hidden = all.find(|written| !written.text.expose().trim().is_empty())?;
    let text = format!(
        "it is empty and hides the profiles of {}: settings in their files, protections among them, are NOT read",
        hidden.origin
    );
    let (key, origin) = (counting.name.clone(), counting.origin.clone());
    Some(Notice { weight: Weight::Warning, key, origin, text })
}

fn stack(
    surroundings: &Surroundings,
    files: &Files,
    profiles: &[String],
    system: HashMap<&'static str, String>,
) -> Sources {
    let mut layers = above_files(surroundings);
    let named = |role, written| Layer::Named(NamedLayer::new(LayerKind::File(role), written));
    let (lost, read): (Vec<_>, Vec<_>) =
        files.layers(profiles).into_iter().partition(|layer| layer.role == FileRole::Lost);
    layers.extend(read.into_iter().map(|layer| named(layer.role, layer.written)));
    let environment = Environment::new(&surroundings.environment);
    layers.push(named(FileRole::Image, container::image_file(&environment)));
    layers.extend(lost.into_iter().map(|layer| named(layer.role, layer.written)));
    Sources::new(layers, system)
}

fn above_files(surroundings: &Surroundings) -> Vec<Layer> {
    let flags = &surroundings.flags;
    let flag = |name: &str, text: &str, flag| Written {
        name: name.to_owned(),
        text: Secret::new(text),
        origin: Origin::Flag(flag),
    };
    let mut set: Vec<Written> = flags.set.iter().map(|(key, value)| flag(key, value, "--set")).collect();
    if let Some(data) = &flags.data {
        set.push(flag(catalog::DATA.about.name, &data.to_string_lossy(), "--data"));
    }
    let environment = Environment::new(&surroundings.environment);
    let named = |written| Layer::Named(NamedLayer::new(LayerKind::Flags, written));
    vec![
        named(set),
        named(spring_json(&environment)),
        named(container::jvm_options(&environment)),
        Layer::Environment(environment),
    ]
}

/// Variable whose JSON object holds settings, nested or with dots in the names.
const SPRING_JSON: &str = "SPRING_APPLICATION_JSON";

fn spring_json(environment: &Environment) -> Vec<Written> {
    let mut written = Vec::new();
    let json = environment.exact(SPRING_JSON).map(|json| serde_json::from_str(json.text.expose()));
    if let Some(Ok(value)) = json {
        flatten(String::new(), &value, &mut written);
    }
    written
}

/// The mistake in [`SPRING_JSON`], which stops a Java server too.
fn broken_json(surroundings: &Surroundings) -> Option<Mistake> {
    let (name, text) = surroundings.environment.iter().find(|(name, _)| name == SPRING_JSON)?;
    let value = serde_json::from_str::<serde_json::Value>(text);
    let is_object = value.is_ok_and(|value| value.is_object());
    (!is_object).then(|| Mistake {
        key: name.clone(),
        value: None,
        origin: Origin::Variable(name.clone()),
        problem: "expected a JSON object".to_owned(),
    })
}

/// Turns nested JSON into names with dots and `[n]`.
fn flatten(name: String, value: &serde_json::Value, written: &mut Vec<Written>) {
    let text = match value {
        serde_json::Value::Object(fields) => {
            for (key, value) in fields {
                let dot = if name.is_empty() { "" } else { "." };
                flatten(format!("{name}{dot}{key}"), value, written);
            }
            return;
        }
        serde_json::Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                flatten(format!("{name}[{index}]"), value, written);
            }
            return;
        }
        serde_json::Value::Null => String::new(),
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Bool(_) | serde_json::Value::Number(_) => value.to_string(),
    };
    let origin = Origin::Variable(SPRING_JSON.to_owned());
    written.push(Written { name, text: Secret::new(text), origin });
}

/// The JVM properties that files name in placeholders.
fn system_properties(surroundings: &Surroundings, home: Option<&Path>) -> HashMap<&'static str, String> {
    let variable = |name: &str| {
        surroundings.environment.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
    };
    let shown = |path: &Path| path.display().to_string();
    let mut system = HashMap::from([
        ("user.dir", shown(&surroundings.working_dir)),
        ("java.io.tmpdir", variable("TMPDIR").unwrap_or_else(|| "/tmp".to_owned())),
        ("nacos.home", shown(home.unwrap_or(&surroundings.working_dir))),
    ]);
    system.extend(variable("HOME").map(|home| ("user.home", home)));
    system
}
