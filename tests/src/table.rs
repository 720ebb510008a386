//! Tables of what was found.

use std::time::Duration;

use comfy_table::Table;
use comfy_table::presets::ASCII_MARKDOWN;
use elector_trial::Times;

use crate::fleet::Side;
use crate::hand_over::{HandOver, How};

/// Times by way and direction.
pub(crate) fn hand_overs(all: &[HandOver]) -> Table {
    let mut table = table(&["hand-over", "by", "times", "p50", "worst"]);
    for free in [false, true] {
        for (from, to) in [Side::Rust, Side::Go]
            .into_iter()
            .flat_map(|from| [(from, Side::Rust), (from, Side::Go)])
        {
            for how in [How::Release, How::Kill] {
                let is_it =
                    |it: &&HandOver| (it.free, it.from, it.to, it.how) == (free, from, to, how);
                let times: Times = all.iter().filter(is_it).map(|it| it.took).collect();
                let who = if free { ", everybody free to take over" } else { "" };
                let way = if how == How::Kill { "kill -9" } else { "release" };
                let found = [format!("{from:?} to {to:?}{who}"), way.to_owned()];
                table.add_row(found.into_iter().chain(row(&times)));
            }
        }
    }
    table
}

/// How many, the middle, the worst.
pub(crate) fn row(times: &Times) -> [String; 3] {
    let text = |percent| times.percentile(percent).map_or_else(|| "–".to_owned(), seconds);
    let count = times.summary().map_or(0, |summary| summary.n);
    [count.to_string(), text(50), text(100)]
}

pub(crate) fn table(head: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(ASCII_MARKDOWN).set_header(head);
    table
}

fn seconds(time: Duration) -> String {
    format!("{:.3} s", time.as_secs_f64())
}
