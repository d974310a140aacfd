//! The script about encryption from the runner's side.
//!
//! The program's SDK encrypts what it publishes. The runner is a client without the plugin: it must find ciphertext and
//! data key wherever the server shows the item, and plays the console, which edits and rolls back what it cannot read.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::http::{self, Answer};
use crate::program::Program;

const CONFIG_V1: &str = "/nacos/v1/cs/configs";
const CONFIG_V3: &str = "/nacos/v3/admin/cs/config";
const HISTORY_V3: &str = "/nacos/v3/admin/cs/history";
const DATA_ID: (&str, &str) = ("dataId", "cipher-aes-door");
const GROUP: (&str, &str) = ("group", "clients");
const GROUP_V3: (&str, &str) = ("groupName", "clients");
/// For any step: the SDK connects, publishes or is told of a change.
const STEP_TIME: Duration = Duration::from_secs(90);

/// One performance of the script, by a program that was started just now.
pub(crate) struct CipherScript {
    program: Program,
    server: u16,
}

/// What somebody without the plugin sees of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Sealed {
    content: String,
    data_key: String,
}

impl CipherScript {
    /// `server` is the HTTP port.
    pub(crate) fn new(program: Program, server: u16) -> Self {
        CipherScript { program, server }
    }

    /// Plays the script to its end.
    ///
    /// # Errors
    /// The first thing that went otherwise than written.
    pub(crate) fn perform(mut self) -> Result<()> {
        self.step("published")?;
        let first = self.sealed().context("after the publish")?;
        self.go_on_to("read")?;

        self.go_on_to("listening")?;
        self.edit(&first)?;
        ensure!(self.sealed()? == first, "an edit has changed ciphertext or data key");
        self.go_on_to("read-after-edits")?;

        self.go_on_to("change-seen")?;
        let second = self.sealed().context("after the second publish")?;
        ensure!(second.content != first.content && second.data_key != first.data_key, "{second:?} again");
        ensure!(self.newest_in_history()? == first, "history does not hold {first:?}");
        self.program.note("rolls back");
        self.publish(&first.content, &[])?;
        ensure!(self.sealed()? == first, "the rollback has lost the data key");
        self.go_on_to("rollback-seen")?;

        self.go_on_to("removed")?;
        let gone = http::call(self.server, "GET", CONFIG_V1, &[DATA_ID, GROUP])?;
        ensure!(gone.status == 404, "a removed item is answered with {}", gone.status);
        self.program.tell("GO")?;
        self.program.finish()
    }

    /// What a console does: it changes the description, and publishes what it has read without a data key.
    fn edit(&mut self, read: &Sealed) -> Result<()> {
        self.program.note("edits");
        let described = [DATA_ID, GROUP_V3, ("desc", "of the door")];
        self.ask("PUT", &format!("{CONFIG_V3}/metadata"), &described)?;
        self.publish(&read.content, &[("desc", "of the back door")])
    }

    fn publish(&self, content: &str, more: &[(&str, &str)]) -> Result<()> {
        let parameters = [&[DATA_ID, GROUP, ("content", content)], more].concat();
        let answer = self.ask("POST", CONFIG_V1, &parameters)?;
        ensure!(answer.body == "true", "publish was answered {:?}", answer.body);
        Ok(())
    }

    /// Ciphertext and data key, the same in a read of v1, a detail of v3 and a search.
    fn sealed(&self) -> Result<Sealed> {
        let answer = self.ask("GET", CONFIG_V1, &[DATA_ID, GROUP])?;
        let data_key = answer.header("encrypted-data-key").unwrap_or_default().to_owned();
        let sealed = Sealed { content: answer.body, data_key };
        ensure!(!sealed.data_key.is_empty(), "no data key beside {:?}", sealed.content);
        ensure!(sealed.content.is_ascii(), "the server can read {:?}", sealed.content);
        let detail = self.data(CONFIG_V3, &[DATA_ID, GROUP_V3])?;
        ensure!(sealed == Sealed::of(&detail)?, "the detail of v3 is {detail}");
        let search = [DATA_ID, GROUP, ("search", "accurate"), ("pageNo", "1"), ("pageSize", "9")];
        let found: Value = serde_json::from_str(&self.ask("GET", CONFIG_V1, &search)?.body)?;
        ensure!(sealed == Sealed::of(&found["pageItems"][0])?, "the search found {found}");
        Ok(sealed)
    }

    /// What the newest history row holds.
    fn newest_in_history(&self) -> Result<Sealed> {
        let list = [DATA_ID, GROUP_V3, ("pageNo", "1"), ("pageSize", "1")];
        let rows = self.data(&format!("{HISTORY_V3}/list"), &list)?;
        let row = rows["pageItems"][0]["id"].as_str().with_context(|| format!("a row in {rows}"))?.to_owned();
        Sealed::of(&self.data(HISTORY_V3, &[DATA_ID, GROUP_V3, ("nid", &row)])?)
    }

    fn data(&self, path: &str, parameters: &[(&str, &str)]) -> Result<Value> {
        let answer: Value = serde_json::from_str(&self.ask("GET", path, parameters)?.body)?;
        Ok(answer["data"].clone())
    }

    fn ask(&self, method: &str, path: &str, parameters: &[(&str, &str)]) -> Result<Answer> {
        let answer = http::call(self.server, method, path, parameters)?;
        ensure!(answer.status == 200, "{method} {path}: status {}, {:?}", answer.status, answer.body);
        Ok(answer)
    }

    fn go_on_to(&mut self, wanted: &str) -> Result<()> {
        self.program.tell("GO")?;
        self.step(wanted)
    }

    fn step(&mut self, wanted: &str) -> Result<()> {
        let step = self.program.next_step(STEP_TIME).with_context(|| format!("before the step {wanted}"))?;
        ensure!(step.as_deref() == Some(wanted), "the program claims {step:?} where {wanted} was due");
        Ok(())
    }
}

impl Sealed {
    fn of(item: &Value) -> Result<Self> {
        let text =
            |name: &str| item[name].as_str().map(str::to_owned).with_context(|| format!("{name} in {item}"));
        Ok(Sealed { content: text("content")?, data_key: text("encryptedDataKey")? })
    }
}
