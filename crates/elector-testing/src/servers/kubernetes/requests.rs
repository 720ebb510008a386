//! What a server has counted.

const COUNTED: &str = "apiserver_request_total{";
const OPEN: &str = "apiserver_longrunning_requests{";

/// The requests that an API server has counted itself, by `apiserver_request_total`, and the watches that are open.
///
/// A request counts when it has been answered, a watch when it has ended.
#[derive(Clone, Debug, Default)]
pub struct Requests {
    answered: Vec<Series>,
    open: Vec<Series>,
}

#[derive(Clone, Debug)]
struct Series {
    resource: String,
    verb: String,
    code: String,
    count: u64,
}

impl Requests {
    pub(crate) fn parse(metrics: &str) -> Self {
        let series = |prefix| metrics.lines().filter_map(move |line| parse(line, prefix)).collect();
        Self { answered: series(COUNTED), open: series(OPEN) }
    }

    /// How many were answered for `resource`, such as `leases`, and `verb`: `GET`, `LIST`, `WATCH`, `POST`, `PUT`,
    /// `PATCH`, `APPLY`, `DELETE` or `DELETECOLLECTION`.
    pub fn count(&self, resource: &str, verb: &str) -> u64 {
        sum(&self.answered, |it| it.resource == resource && it.verb == verb)
    }

    /// How many were answered for `resource`, with whatever verb.
    pub fn total(&self, resource: &str) -> u64 {
        sum(&self.answered, |it| it.resource == resource)
    }

    /// How many were answered for `resource` that write.
    pub fn writes(&self, resource: &str) -> u64 {
        let reads = ["GET", "LIST", "WATCH"];
        sum(&self.answered, |it| it.resource == resource && !reads.contains(&it.verb.as_str()))
    }

    /// How many were answered for `resource` with the status `code`.
    pub fn answered_with(&self, resource: &str, code: u16) -> u64 {
        let code = code.to_string();
        sum(&self.answered, |it| it.resource == resource && it.code == code)
    }

    /// How many watches of `resource` are open.
    pub fn open_watches(&self, resource: &str) -> u64 {
        sum(&self.open, |it| it.resource == resource && it.verb == "WATCH")
    }
}

fn sum(series: &[Series], which: impl Fn(&Series) -> bool) -> u64 {
    series.iter().filter(|it| which(it)).map(|it| it.count).sum()
}

/// A line as `name{label="value",…} 12`. No value that is read here has an escape.
fn parse(line: &str, prefix: &str) -> Option<Series> {
    let (labels, count) = line.strip_prefix(prefix)?.rsplit_once("} ")?;
    let label = |name: &str| {
        let value = labels.split("\",").find_map(|pair| pair.strip_prefix(name));
        value.and_then(|it| it.strip_prefix("=\"")).map(|it| it.trim_end_matches('"').to_owned())
    };
    Some(Series {
        resource: label("resource")?,
        verb: label("verb")?,
        code: label("code").unwrap_or_default(),
        count: count.parse::<f64>().ok()? as u64,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_told_apart() {
        let requests = Requests::parse(
            "# TYPE apiserver_request_total counter\n\
             apiserver_request_total{code=\"200\",group=\"coordination.k8s.io\",resource=\"leases\",verb=\"GET\"} 3\n\
             apiserver_request_total{code=\"409\",group=\"coordination.k8s.io\",resource=\"leases\",verb=\"PUT\"} 1\n\
             apiserver_request_total{code=\"200\",group=\"coordination.k8s.io\",resource=\"leases\",verb=\"PUT\"} 1.2e+06\n\
             apiserver_request_total{code=\"200\",group=\"\",resource=\"pods\",verb=\"GET\"} 7\n\
             apiserver_longrunning_requests{group=\"coordination.k8s.io\",resource=\"leases\",verb=\"WATCH\"} 2\n",
        );
        assert_eq!(requests.count("leases", "GET"), 3);
        assert_eq!(requests.total("leases"), 1_200_004);
        assert_eq!(requests.writes("leases"), 1_200_001);
        assert_eq!(requests.answered_with("leases", 409), 1);
        assert_eq!(requests.open_watches("leases"), 2);
        assert_eq!(requests.total("leas"), 0);
    }
}
