//! Environment variables as layers: `ELECTOR__SECTION__KEY` sets `section.key`.

use std::ffi::OsString;

use crate::error::ConfigError;
use crate::layers::Layer;
use crate::node::Node;
use crate::origin::Origin;

const PREFIX: &str = "ELECTOR__";
const POD_NAME: &str = "POD_NAME";

/// What the environment sets.
#[derive(Default)]
pub(crate) struct Environment {
    /// One layer for each variable, so that each has an origin of its own.
    pub(crate) layers: Vec<Layer>,
    /// The name of the pod, which the downward API of Kubernetes is told to put there.
    pub(crate) pod_name: Option<String>,
}

impl Environment {
    /// Reads the variables that concern us and leaves the others alone.
    pub(crate) fn read(variables: Vec<(OsString, OsString)>) -> Result<Self, ConfigError> {
        let mut ours = Vec::new();
        let mut pod_name = None;
        for (name, value) in variables {
            // Our names are ASCII, so nothing of ours is lost here.
            let Some(name) = name.to_str() else { continue };
            let path = name.strip_prefix(PREFIX);
            if path.is_none() && name != POD_NAME {
                continue;
            }
            let origin = Origin::Variable(name.to_owned());
            let value = value
                .into_string()
                .map_err(|_| ConfigError::new("the value must be UTF-8").at(origin.clone()))?;
            match path {
                Some(path) => ours.push((key(path, &origin)?, value, origin)),
                None => pod_name = Some(value).filter(|name| !name.is_empty()),
            }
        }
        ours.sort_by(|(a, ..), (b, ..)| a.cmp(b));
        refuse_conflicts(&ours)?;
        let layers = ours
            .into_iter()
            .map(|(key, value, origin)| Layer::new(Node::nested(&key, value, &origin)))
            .collect();
        Ok(Self { layers, pod_name })
    }
}

/// The name of the variable that sets `key`.
pub(crate) fn variable(key: &str) -> String {
    format!("{PREFIX}{}", key.replace('.', "__").to_ascii_uppercase())
}

fn key(path: &str, origin: &Origin) -> Result<String, ConfigError> {
    let parts: Vec<_> = path.split("__").map(str::to_ascii_lowercase).collect();
    if parts.iter().any(|part| part.is_empty() || part.contains('.')) {
        let message = "names no key, expected a name such as ELECTOR__ELECTION__NAME";
        return Err(ConfigError::new(message).at(origin.clone()));
    }
    Ok(parts.join("."))
}

/// Of two variables for one key, or for a table and a key inside it, one would be ignored without a word.
fn refuse_conflicts(ours: &[(String, String, Origin)]) -> Result<(), ConfigError> {
    for (n, (key, _, origin)) in ours.iter().enumerate() {
        let clash = ours[n + 1..].iter().find(|(other, ..)| {
            other
                .strip_prefix(key.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        });
        if let Some((other, _, other_origin)) = clash {
            let message = if other == key {
                format!("set twice, also by {other_origin}")
            } else {
                format!("expected a table, because {other_origin} sets a key inside it")
            };
            return Err(ConfigError::new(message).for_key(key).at(origin.clone()));
        }
    }
    Ok(())
}
