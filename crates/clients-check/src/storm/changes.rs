//! The changes of a storm: those that the runner makes over HTTP, and those that it knows the programs to make.

use anyhow::{Result, ensure};

use super::view::{Instance, METADATA_KEY, Views};
use super::{GROUP, SERVICES, service_name};
use crate::http;

/// Services whose instances are ephemeral: the programs change them. The others are the runner's.
const EPHEMERAL: u16 = SERVICES / 2;
/// Instances that the runner registers in each of its services, and how often it comes to each.
const INSTANCES: u16 = 4;
const VISITS: u16 = 3;
/// A service that loses all its instances in the end.
const EMPTIED: u16 = SERVICES - 1;

/// Notes what the program of that number did, as `tests/clients/README.md` tells; gives the number of its changes.
pub(super) fn changes_of_program(program: usize, changes: u16, views: &mut Views) -> usize {
    for change in 0..changes {
        let (service, round) = (change % EPHEMERAL, change / EPHEMERAL);
        let (ip, phase) = (format!("10.2.{program}.1"), (round + service) % 4);
        if phase == 3 && round > 0 {
            views.remove(service, &ip);
        } else {
            let enabled = phase != 1;
            views.put(service, Instance { ip, port: 7000 + service, weight: 1 + round, enabled, round });
        }
    }
    usize::from(changes)
}

/// The runner's changes, by turns with the APIs v1 and v3.
pub(super) struct HttpChanges<'a> {
    server: u16,
    views: &'a mut Views,
    made: usize,
}

impl<'a> HttpChanges<'a> {
    pub(super) fn new(server: u16, views: &'a mut Views) -> Self {
        Self { server, views, made: 0 }
    }

    /// Makes all of them; gives their number.
    ///
    /// # Errors
    /// One is refused.
    pub(super) fn make(mut self) -> Result<usize> {
        // Nothing listens where the persistent instances say that they are.
        let off = [("entry", "check"), ("value", "false"), ("debug", "false")];
        self.call("PUT", "/nacos/v1/ns/operator/switches", &off)?;
        for visit in 0..VISITS {
            for number in 1..=INSTANCES {
                for service in EPHEMERAL..SERVICES {
                    self.persistent(service, number, visit)?;
                }
            }
            self.passing()?;
        }
        Ok(self.made)
    }

    /// Registers on the first visit, changes on the second, and on the third does what the instance's number says.
    fn persistent(&mut self, service: u16, number: u16, visit: u16) -> Result<()> {
        let is_last = visit + 1 == VISITS;
        let instance = Instance {
            ip: format!("10.3.0.{number}"),
            port: 8000 + service,
            weight: 1 + number + visit,
            enabled: !(is_last && number == 2),
            round: visit,
        };
        let is_removed = is_last && (number == 1 || service == EMPTIED);
        match (is_removed, visit) {
            (true, _) => self.write("DELETE", service, &instance, "false")?,
            (false, 0) => self.write("POST", service, &instance, "false")?,
            (false, _) => self.write("PUT", service, &instance, "false")?,
        }
        match is_removed {
            true => self.views.remove(service, &instance.ip),
            false => self.views.put(service, instance),
        }
        Ok(())
    }

    /// An ephemeral instance comes and goes in some of the services that the programs change as well.
    fn passing(&mut self) -> Result<()> {
        for service in (0..EPHEMERAL).step_by(5) {
            let ip = "10.4.0.1".to_owned();
            let instance = Instance { ip, port: 9000, weight: 1, enabled: true, round: 0 };
            self.write("POST", service, &instance, "true")?;
            self.write("DELETE", service, &instance, "true")?;
        }
        Ok(())
    }

    fn write(&mut self, method: &str, service: u16, instance: &Instance, ephemeral: &str) -> Result<()> {
        let path = match self.made % 2 {
            0 => "/nacos/v1/ns/instance",
            _ => "/nacos/v3/admin/ns/instance",
        };
        let (name, port) = (service_name(service), instance.port.to_string());
        let (weight, enabled) = (instance.weight.to_string(), instance.enabled.to_string());
        let metadata = format!(r#"{{"{METADATA_KEY}":"{}"}}"#, instance.round);
        let parameters = [
            ("serviceName", name.as_str()),
            ("groupName", GROUP),
            ("ip", &instance.ip),
            ("port", &port),
            ("ephemeral", ephemeral),
            ("weight", &weight),
            ("enabled", &enabled),
            ("metadata", &metadata),
        ];
        self.made += 1;
        self.call(method, path, &parameters)
    }

    fn call(&self, method: &str, path: &str, parameters: &[(&str, &str)]) -> Result<()> {
        let answer = http::call(self.server, method, path, parameters)?;
        let (status, body) = (answer.status, answer.body);
        ensure!(status == 200, "{method} {path} with {parameters:?}: status {status}, {body}");
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn program_leaves_the_last_round_of_its_instances() {
        let mut views = Views::default();
        assert_eq!(changes_of_program(7, 10 * EPHEMERAL, &mut views), 250);
        assert_eq!(views.text(3), "10.2.7.1:7003:10.0:true:round=9");
        assert_eq!(views.text(0), "", "disabled");
        assert_eq!(views.text(2), "", "deregistered");
    }
}
