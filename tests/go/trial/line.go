// Package trial lets a Go program stand on a stage of elector-trial, as a child process like any other candidate.
//
// It speaks the lines of elector-trial (crates/elector-trial/src/line.rs) on standard output, with a few more fields, and
// one more line: ready. A stage passes over both.
package trial

import (
	"encoding/json"
	"os"

	"golang.org/x/sys/unix"
)

// A line on standard output: one JSON object. Every At is in nanoseconds of the host's boot-time clock.
type line struct {
	Is    string `json:"is"`
	At    int64  `json:"at,omitempty"`
	Token uint64 `json:"token,omitempty"`
	// In current: until when the term is counted as valid; see Options.ValidFor.
	Until int64 `json:"until,omitempty"`
	// In stopping: resigned, shutdown or lost.
	Why string `json:"why,omitempty"`
	// In failed.
	Message string `json:"message,omitempty"`
	// In requests.
	Requests *requests `json:"requests,omitempty"`

	// The rest is not in elector-trial's lines.

	// In leading and following: who leads, and the Lease's leaseTransitions and resourceVersion as they were seen.
	Leader      string `json:"leader,omitempty"`
	Transitions *int32 `json:"transitions,omitempty"`
	Version     string `json:"version,omitempty"`
	// In ready: the modules that this program was built with.
	Modules map[string]string `json:"modules,omitempty"`
	// In requests: all requests on the Lease by method.
	Methods map[string]uint64 `json:"methods,omitempty"`
}

// What was asked of the store, in the fields of elector-trial.
type requests struct {
	// On the Lease while it did not lead.
	Acquire uint64 `json:"acquire"`
	// On the Lease while it led.
	Renew uint64 `json:"renew"`
	// Writes of an empty holder.
	Release uint64 `json:"release"`
	// Never counted: client-go knows no such calls.
	Request    uint64 `json:"request"`
	Watch      uint64 `json:"watch"`
	WatchItems uint64 `json:"watch_items"`
}

// Reads the host's boot-time clock, in nanoseconds.
func now() int64 {
	var time unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &time); err != nil {
		panic(err)
	}
	return time.Nano()
}

// Says a line in one write, so that lines of several goroutines do not mix.
func say(line line) {
	text, err := json.Marshal(line)
	if err != nil {
		panic(err)
	}
	// A parent that reads no more has closed standard input too, which ends this process.
	_, _ = os.Stdout.Write(append(text, '\n'))
}

// Fail says why the candidate cannot go on, and ends it.
func Fail(err error) {
	say(line{Is: "failed", Message: err.Error()})
	os.Exit(1)
}
