//! The reference page of the settings, printed from the tables that the server reads by.

use std::fmt::Write;

use super::catalog::SECTIONS;
use super::container;
use super::leaf::About;

const HEAD: &str = "\
# Settings

<!-- Printed by `navaid settings`; a test checks that this file is current. -->

Nothing must be set: without settings Navaid is a standalone server that keeps its data in `./data`. Everything
below can be set in six places; the first that has a key wins, even with an empty value:

1. flags: `--set key=value`, `--data DIR`;
2. the JSON object in the variable `SPRING_APPLICATION_JSON`;
3. the options of a JVM, `-Dkey=value`, in `JAVA_OPT`, `JAVA_OPT_EXT`, `JDK_JAVA_OPTIONS` or `JAVA_TOOL_OPTIONS`, and
   the variables of the official container image that its start script makes such options of;
4. environment variables: the key in upper case with `_` for `.`, without `-` (`NACOS_CORE_AUTH_ENABLED`);
5. the settings file: `-c FILE`, else what `spring.config.additional-location` names in a place above, else
   `conf/application.properties` in `nacos.home` or the working directory, if it exists; then the files it names in
   `spring.config.import`, from the working directory with `file:` in front, else from the folder of the file that names
   them; then `application-PROFILE.properties` and `.yml` beside it for the profiles in `spring.profiles.active` (if
   there are none, in `spring.profiles.default`, else `default`); then `application.yml` beside it; without `-c`, then
   the same files in `./config` and `./`;
6. the other variables of the container image, which its own settings file mentions.

The file has the syntax of Java properties (ISO-8859-1, `\\uXXXX` for other characters). A value may hold
placeholders, `${name:default}`, which are filled from all places. Names made of lower-case letters, digits, `-`
and `.` are found in any spelling (`max-size`, `maxSize`, `max_size`); names with capitals must match exactly.

`navaid settings --effective` prints every setting with its value and where it came from, secrets masked. A value
that cannot be used stops the start with exit code 2; all such values are reported together. An unknown key is
warned about, with the known name it resembles. Keys that Nacos knows and Navaid does not use yet are accepted;
they are listed by `--effective` and in one line of the log.

How a file that was written for a Nacos server is read, form by form: [settings-as-read.md](settings-as-read.md).
";

const DIFFERENCES: &str = r"
## Differences from a Java server

Values are the same from the same files. On purpose different:

- A value of yours is never hidden by a built-in one, whatever way the file was named.
- A protection is never lost in silence: an empty token or certificate stops the start, and so does everything that
  asks for `nacos.core.auth.enabled` or TLS, in whatever spelling, as long as there is none. What asks and does not
  count, because another place or a later line switches it off, is warned about with both places.
- `nacos.core.auth.admin.enabled` and `nacos.core.auth.console.enabled` do NOT stop the start, because Nacos 3 ships its
  file with both on: one line of the log says that these calls are open.
- A file that Spring would read and Navaid does not (imports that are not there or of another kind, imports of imports,
  `spring.profiles.include`, groups of profiles, `spring.config.name`) is warned about: settings in it, protections
  among them, are not read.
- A NUL byte in a file stops the start, and so does a protection's key with characters in it that nobody sees.
- Where a Java server does not start only because of blanks, they are dropped with a warning.
- A byte order mark is dropped; a Java server loses the first key, so that key counts only where nobody else has it.
  Characters outside ASCII are read as a Java server reads them, with a warning.
- Placeholders are resolved as in Nacos 3: `\\${name}` in the file stays text, where Nacos 2 resolves it. At most
  32 levels and 16 KiB.
- `cluster.conf` is never written. Blank lines, empty items, `?...` tails and bare IPv6 addresses, for which a
  Java server silently drops the whole file, are read as they are meant; what has no meaning stops the start.
- `nacos.server.main.port` and `server.port` are one setting: the newer name counts, wherever it is written. The
  console port never follows them.
- What this release cannot do and a file asks for (`nacos.core.auth.enabled`, an external database, TLS, other
  members) stops the start.
";

/// The page, as Markdown.
pub fn reference_page() -> String {
    let mut page = HEAD.to_owned();
    for section in &SECTIONS {
        write_section(&mut page, section.title, section.leaves).expect("a string takes everything");
    }
    page.push_str(DIFFERENCES);
    write_container(&mut page).expect("a string takes everything");
    page
}

fn write_section(page: &mut String, title: &str, leaves: &[&About]) -> std::fmt::Result {
    writeln!(page, "\n## {title}\n\n| key | default | accepts | meaning |\n|---|---|---|---|")?;
    for about in leaves {
        let mut key = format!("`{}`", about.name);
        for also in about.also {
            write!(key, "<br>also `{also}`")?;
        }
        let default = match (about.default, about.derived) {
            ("", "") => "empty".to_owned(),
            ("", derived) => derived.to_owned(),
            (default, _) => format!("`{default}`"),
        };
        let accepts = about.accepts.describe();
        writeln!(page, "| {key} | {default} | {accepts} | {} *{}* |", about.meaning, about.why)?;
    }
    Ok(())
}

fn write_container(page: &mut String) -> std::fmt::Result {
    writeln!(page, "\n## Variables of the container image\n")?;
    writeln!(
        page,
        "`NACOS_SERVERS` names the members of a cluster with blanks between and counts before `cluster.conf`. \
         Those that size or debug a JVM are ignored.\n\n| variable | key | place in the order |\n|---|---|---|"
    )?;
    for (variable, key, from_script) in container::documented() {
        let place = if from_script { "3" } else { "6" };
        writeln!(page, "| `{variable}` | `{key}` | {place} |")?;
    }
    Ok(())
}
